import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { recordFrames } from '../../../shared/tests/page';
import { UNDO_TIME } from '../../changes/deletions';
import { FakeBackend, fileRecord, infected } from '../fakes';
import { openPage, type Page } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  backend.files = ['a', 'b', 'c', 'd'].map((id) => fileRecord({ id, filename: `${id}.txt`, size: 1000 }));
});

const find = (selector: string): HTMLInputElement => {
  const found = document.querySelector<HTMLInputElement>(selector);
  if (!found) throw new Error(`There is no ${selector}.`);
  return found;
};
const box = (id: string) => find(`[data-file-id="${id}"] [data-testid="select"]`);
const chosen = () =>
  [...document.querySelectorAll<HTMLInputElement>('[data-testid="select"]')]
    .filter(({ checked }) => checked)
    .map((each) => each.closest<HTMLElement>('[data-file-id]')?.dataset['fileId'])
    .join('');
const click = (target: Element, options: MouseEventInit = {}) =>
  act(
    () => void target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...options })),
  );
const key = (target: Element, name: string, options: KeyboardEventInit = {}) =>
  act(() => {
    const event = new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...options });
    target.dispatchEvent(event);
    return;
  });
const foldersOf = (...ids: string[]) =>
  ids.map((id) => backend.files.find((file) => file.id === id)?.path_name);
const row = (id: string) => find(`[data-file-id="${id}"] .row-text`);
const opened = async (): Promise<Page> => {
  const page = openPage(backend);
  await soon(() => expect(page.all('select')).toHaveLength(backend.files.length));
  return page;
};
const choose = async (...ids: string[]): Promise<Page> => {
  const page = await opened();
  for (const id of ids) await click(box(id));
  return page;
};

describe('rows are chosen', () => {
  test('by box and by row, ranges with Shift', async () => {
    const page = await opened();
    await click(box('a'));
    expect(chosen()).toBe('a');
    await click(box('c'), { shiftKey: true });
    expect(chosen()).toBe('abc');
    await click(row('b'));
    expect(chosen()).toBe('ac');
    expect(document.activeElement).toBe(box('b'));
    await click(row('d'), { shiftKey: true });
    expect(chosen()).toBe('abcd');
    expect(page.get('selected').textContent).toBe('4 files selected4 kB');
  });

  test('a click on a control of the row does not choose it', async () => {
    const page = await opened();
    const frames = recordFrames();
    await page.click('download');
    expect(chosen()).toBe('');
    await soon(() => expect(frames).toHaveLength(1));
  });

  test('by the keyboard', async () => {
    await opened();
    box('a').focus();
    await key(box('a'), 'ArrowDown');
    expect([document.activeElement, chosen()]).toEqual([box('b'), '']);
    await key(box('b'), 'ArrowDown', { shiftKey: true });
    await key(box('c'), 'ArrowDown', { shiftKey: true });
    expect(chosen()).toBe('bcd');
    await key(box('d'), 'ArrowUp', { shiftKey: true });
    expect([document.activeElement, chosen()]).toEqual([box('c'), 'bc']);
    await key(box('c'), 'a', { ctrlKey: true });
    expect(chosen()).toBe('abcd');
    await key(document.body, 'Escape');
    expect(chosen()).toBe('');
  });

  test('Ctrl+A in the search field chooses its text only', async () => {
    const page = await opened();
    await key(page.get('search'), 'a', { ctrlKey: true });
    expect(chosen()).toBe('');
  });

  test('all rows are selected at once, and none', async () => {
    const page = await choose('a');
    expect((page.get('select-all') as HTMLInputElement).indeterminate).toBe(true);
    await page.click('select-all');
    expect(chosen()).toBe('abcd');
    await page.click('select-all');
    expect([chosen(), page.get('selected').textContent]).toEqual(['', '']);
  });

  test('files that the list does not show any more are not chosen', async () => {
    const page = await choose('a', 'b');
    await page.fill('search', 'b.txt');
    await soon(() => expect(page.names()).toEqual(['b.txt']));
    await soon(() => expect(page.get('selected').textContent).toContain('1 file selected'));
  });
});

describe('chosen files are', () => {
  test('deleted together, and restored together', async () => {
    const page = await choose('a', 'b', 'd');
    await page.click('selected-delete');
    await soon(() => expect(page.names()).toEqual(['c.txt']));
    expect(page.get('undo-bar').textContent).toContain('a.txt and 2 more deleted');
    await page.click('undo');
    expect(page.names()).toEqual(['a.txt', 'b.txt', 'c.txt', 'd.txt']);

    for (const id of ['a', 'b']) await click(box(id));
    await page.click('selected-delete');
    await soon(() => expect(page.names()).toEqual(['c.txt', 'd.txt']));
    await key(document.body, 'z', { ctrlKey: true });
    expect(page.names()).toEqual(['a.txt', 'b.txt', 'c.txt', 'd.txt']);

    await click(box('c'));
    await page.click('selected-delete');
    (document.activeElement as HTMLElement).blur();
    await soon(() => expect(page.names()).toEqual(['a.txt', 'b.txt', 'd.txt']));
    backend.clock.advance(UNDO_TIME);
    await soon(() => expect(backend.files.map(({ id }) => id)).toEqual(['a', 'b', 'd']));
  });

  test('scanned again where their scan failed; the others are named', async () => {
    const failed = { virus_scan_status: 'error' } as const;
    backend.files = [fileRecord({ id: 'a', ...failed }), fileRecord({ id: 'b', filename: 'fine.txt' })];
    const page = await choose('a', 'b');
    await page.click('selected-scanAgain');
    expect((await page.find('left-out')).textContent).toContain('fine.txt Clean');
    await page.submit();
    await soon(() => expect(page.all('bulk-dialog')).toEqual([]));
    expect(backend.bodies.at(backend.calls.indexOf('POST /file/upload/retry'))).toEqual({ file_id: 'a' });
  });

  test('linked: every URL on a line of its own', async () => {
    const page = await choose('a', 'c');
    await page.click('selected-links');
    await page.select('lifetime', '30');
    await page.submit();
    expect(((await page.find('links')) as HTMLTextAreaElement).value).toBe(
      'https://l.test/a\nhttps://l.test/c',
    );
    expect(backend.bodies).toContainEqual({ expires_in: 30 * 86_400 });
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    await page.submit();
    await soon(() => expect(page.get('dialog-confirm').textContent).toBe('Copied'));
    expect(writeText).toHaveBeenCalledWith('https://l.test/a\nhttps://l.test/c');
  });

  test('moved, also one that was changed meanwhile; a failure is explained', async () => {
    const page = await choose('a', 'b', 'c');
    backend.files = backend.files.map((file) => (file.id === 'a' ? { ...file, version: 2 } : file));
    backend.refuseMoves = ['c'];
    await page.click('selected-move');
    await page.fill('folder-input', '/photos/2026/');
    await page.submit();
    await soon(() => expect(page.all('bulk-dialog')).toEqual([]));
    expect(backend.files.map(({ path_name }) => path_name)).toEqual([
      'photos/2026',
      'photos/2026',
      null,
      null,
    ]);
    expect(page.get('selection-problem').textContent).toContain('Move: 1 file failed. \u2068c.txt\u2069');
  });

  test('moved back by Undo or Ctrl+Z; what fails is explained and can be tried again', async () => {
    const page = await choose('a', 'b');
    await page.click('selected-move');
    await page.fill('folder-input', 'new');
    await page.submit();
    await soon(() => expect(page.get('undo-bar').textContent).toContain('2 files moved to \u2068new\u2069.'));
    backend.refuseMoves = ['b'];
    await key(document.body, 'z', { ctrlKey: true });
    await soon(() => expect(page.get('undo-bar').textContent).toContain("Couldn't move 1 file back."));
    expect(foldersOf('a', 'b')).toEqual([null, 'new']);
    backend.refuseMoves = [];
    await page.click('undo');
    await soon(() => expect(page.all('undo-bar')).toEqual([]));
    expect(foldersOf('a', 'b')).toEqual([null, null]);
  });

  test('not moved into a folder that the service refuses', async () => {
    const page = await choose('a');
    await page.click('selected-move');
    await page.fill('folder-input', 'a/../b');
    await page.submit();
    await soon(() => expect(page.get('dialog-problem').textContent).toContain('invalid_body'));
    expect(page.all('bulk-dialog')).toHaveLength(1);
  });
});

describe('private files', () => {
  beforeEach(() => {
    backend.files = [fileRecord({ id: 'a', is_private: true }), fileRecord({ id: 'b' })];
    backend.credential = { password: '1' };
  });
  const enter = async (page: Page, value: string) => {
    await page.fill('credential-password', value);
    await page.submit();
  };

  test('need their password once', async () => {
    const page = await choose('a', 'b');
    await page.click('selected-delete');
    expect((await page.find('bulk-dialog')).textContent).toContain('1 of 2 files are private');
    await enter(page, '2');
    await soon(() => expect(page.get('dialog-problem').textContent).toContain('Wrong password'));
    await enter(page, '1');
    await soon(() => expect(page.names()).toEqual([]));
  });

  test('are left out without it', async () => {
    const page = await choose('a', 'b');
    await page.click('selected-delete');
    await page.find('bulk-dialog');
    await enter(page, '');
    await soon(() => expect(page.names()).toHaveLength(1));
    expect(document.querySelector('[data-file-id="a"]')).not.toBeNull();
  });
});

test('files that are not clean are not offered as a zip file', async () => {
  backend.files = [infected({ id: 'a' })];
  const page = await choose('a');
  expect(page.all('selected-zip')).toEqual([]);
  expect(page.all('selected-delete')).toHaveLength(1);
});
