import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keepScreenOn } from '../../transfers/wake-lock';
import { FakeBackend, fileRecord, infected } from '../fakes';
import { openPage } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  backend.stallPuts = true;
});
afterEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
});

const files = (count: number) =>
  Array.from({ length: count }, (_, index) => new File(['x'], `${index + 1}.txt`, { type: 'text/plain' }));

function finish(): void {
  backend.stallPuts = false;
  backend.finishAllPuts();
}

describe('all uploads', () => {
  test('are paused and resumed, also those that were not started', async () => {
    const page = openPage(backend);
    page.choose(...files(30));
    await soon(() => expect(backend.puts).toBe(3));
    await page.click('pause-all');
    expect(new Set(page.states())).toEqual(new Set(['paused']));
    finish();
    await page.click('resume-all');
    await soon(() => expect(backend.files).toHaveLength(30));
  });

  test('are paused while their names are looked up, and then asked about or resumed', async () => {
    backend.stallPuts = false;
    backend.files = [fileRecord({ filename: '1.txt' })];
    const release = backend.stallNames();
    const page = openPage(backend);
    page.choose(...files(2));
    await page.find('pause-all');
    await page.click('pause-all');
    await page.settles('paused', 'paused', 'clean');
    await page.click('resume-all');
    await page.settles('waiting', 'waiting', 'clean');
    await page.click('pause-all');
    release();
    await page.settles('paused', 'needs-choice', 'clean');
    expect(backend.puts).toBe(0);
    await page.click('resume');
    await soon(() => expect(backend.files).toHaveLength(2));
  });

  test('are cancelled after a question, and can be uploaded again', async () => {
    const page = openPage(backend);
    page.choose(...files(30));
    await soon(() => expect(backend.puts).toBe(3));
    await page.click('cancel-all');
    expect((await page.find('cancel-all-dialog')).textContent).toContain('30 uploads will be cancelled');
    await page.submit();
    await soon(() => expect(new Set(page.states())).toEqual(new Set(['cancelled'])));
    await soon(() => expect(backend.calls).toContain('DELETE /file/upload/upload'));
    expect(page.all('transfers')).toEqual([]);
    finish();
    await page.click('retry');
    await soon(() => expect(backend.files).toHaveLength(1));
  });

  test('have their percentage in the title of the tab', async () => {
    document.title = 'Longshore';
    const page = openPage(backend);
    page.choose(...files(2));
    await soon(() => expect(document.title).toBe('0% · Longshore'));
    backend.finishPut();
    await soon(() => expect(document.title).toBe('50% · Longshore'));
    finish();
    await page.settles('clean', 'clean');
    expect(document.title).toBe('Longshore');
  });
});

describe('the notification at the end', () => {
  const shown: string[] = [];
  const permit = (answer: string) => {
    shown.length = 0;
    class FakeNotification {
      static permission = 'default';
      static requestPermission = () => Promise.resolve(answer);
      onclick: unknown;
      constructor(title: string, { body }: { body: string }) {
        shown.push(`${title}: ${body}`);
      }
    }
    vi.stubGlobal('Notification', FakeNotification);
    vi.stubGlobal('isSecureContext', true);
    vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  };

  test('is shown where the user requested it, and the choice is remembered', async () => {
    permit('granted');
    const page = openPage(backend);
    page.choose(...files(1));
    await page.click('notice-switch');
    await soon(() => expect(localStorage.getItem('longshore.notify')).toBe('on'));
    backend.verdict = infected();
    finish();
    await soon(() => expect(shown).toEqual(['Uploads finished: 1 file, 1 of them with a problem.']));
  });

  test('is not shown by default', async () => {
    permit('granted');
    const page = openPage(backend);
    page.choose(...files(1));
    await page.find('notice-switch');
    finish();
    await page.settles('clean');
    expect(shown).toEqual([]);
  });

  test('is explained where the browser refuses it', async () => {
    permit('denied');
    const page = openPage(backend);
    page.choose(...files(1));
    await page.click('notice-switch');
    await soon(() => expect(page.get('transfers').textContent).toContain("doesn't allow"));
    expect(localStorage.getItem('longshore.notify')).toBe('off');
  });

  test('is not offered where the browser has none', async () => {
    vi.stubGlobal('isSecureContext', false);
    const page = openPage(backend);
    page.choose(...files(1));
    await page.find('transfers');
    expect(page.all('notice-switch')).toEqual([]);
  });
});

describe('the screen', () => {
  const becomes = (state: DocumentVisibilityState) => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
    return act(() => void document.dispatchEvent(new Event('visibilitychange')));
  };

  test('stays on until the end, again after the page was hidden', async () => {
    const release = vi.fn(() => Promise.resolve());
    const request = vi.fn(() => Promise.resolve({ release } as unknown as WakeLockSentinel));
    const end = keepScreenOn({ request });
    await becomes('hidden');
    expect(request).toHaveBeenCalledTimes(1);
    await becomes('visible');
    expect(request).toHaveBeenCalledTimes(2);
    end();
    await soon(() => expect(release).toHaveBeenCalledTimes(1));
    await becomes('visible');
    expect(request).toHaveBeenCalledTimes(2);
  });

  test('may turn off where the browser refuses or has no lock', async () => {
    const request = () => Promise.reject(new Error('low battery'));
    keepScreenOn({ request })();
    keepScreenOn(undefined)();
    await becomes('visible');
  });
});
