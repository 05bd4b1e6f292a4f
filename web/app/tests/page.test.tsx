import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeBackend, fileRecord, infected, LEFT_ID, NOW } from './fakes';
import { act } from 'preact/test-utils';
import { openPage, type } from './page';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
});

const file = (name: string, content = 'x') => new File([content], name, { type: 'text/plain' });
const ada = { id: 'ada', name: 'Ada', created_at: NOW };
const visit = { id: 'visit', user_id: 'ada', title: 'Visit', created_at: NOW };

/** Where download links were followed to, the tab before the address. */
function followed(): string[] {
  const links: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    links.push(this.target + this.href);
  });
  return links;
}

describe('files come in', () => {
  /** As the browser has it: a file, or a folder that gives its children in pieces. */
  type Tree = File | { name: string; pieces: Tree[][] };

  function entryOf(tree: Tree): FileSystemEntry {
    if (tree instanceof File) {
      return { isFile: true, file: (resolve: (file: File) => void) => resolve(tree) } as never;
    }
    const pieces = [...tree.pieces];
    const readEntries = (resolve: (entries: FileSystemEntry[]) => void, reject: (error: Error) => void) => {
      if (tree.name === 'locked') reject(new Error('not yours'));
      else resolve((pieces.shift() ?? []).map(entryOf));
    };
    return { isFile: false, createReader: () => ({ readEntries }) } as never;
  }

  function arrive(name: 'drop' | 'paste', ...trees: Tree[]): Event {
    const items = trees.map((tree) => ({ kind: 'file', webkitGetAsEntry: () => entryOf(tree) }));
    const event = new Event(name, { bubbles: true, cancelable: true });
    const transfer = { items, files: trees, types: ['Files'] };
    globalThis.dispatchEvent(Object.assign(event, { dataTransfer: transfer, clipboardData: transfer }));
    return event;
  }

  test('dropped anywhere, with whole folders at any depth', async () => {
    const page = openPage(backend);
    const inner = { name: 'inner', pieces: [[file('c.txt')]] };
    arrive('drop', file('a.txt'), { name: 'outer', pieces: [[file('b.txt')], [inner]] });
    await page.settles('clean', 'clean', 'clean');
    expect(page.names()).toEqual(['c.txt', 'b.txt', 'a.txt']);
  });

  test('pasted; pasted text is left to its field', async () => {
    const page = openPage(backend);
    expect(arrive('paste').defaultPrevented).toBe(false);
    expect(arrive('paste', file('picture.png')).defaultPrevented).toBe(true);
    await page.settles('clean');
  });

  test('what cannot be read is said, and the rest goes', async () => {
    const page = openPage(backend);
    arrive('drop', { name: 'locked', pieces: [] }, file('a.txt'));
    await page.settles('clean');
    expect(page.get('drop-zone').textContent).toContain("couldn't be read");
  });

  test('something held over the page is shown, until it leaves', async () => {
    const page = openPage(backend);
    const hold = (name: string) =>
      act(() => {
        const event = new Event(name, { bubbles: true, cancelable: true });
        globalThis.dispatchEvent(
          Object.assign(event, { dataTransfer: { types: ['Files'] }, relatedTarget: null }),
        );
      });
    await hold('dragover');
    expect(page.get('drop-zone').className).toContain('berth-over');
    await hold('dragleave');
    expect(page.get('drop-zone').className).not.toContain('berth-over');
  });
});

describe('what an earlier page left unfinished', () => {
  const left = {
    upload_id: 'upload',
    file_id: LEFT_ID,
    endpoint: '',
    name: 'a.txt',
    size: 1,
    last_modified: 0,
    expires_at: '2099-01-01T00:00:00Z',
  };

  test('is listed until the same file carries on', async () => {
    await backend.memory.remember(left);
    const page = openPage(backend);
    expect((await page.find('left-upload')).textContent).toContain('a.txt');
    await vi.waitFor(() => expect(page.get('left-upload').textContent).toContain('1 byte of 1 byte'));
    page.choose(file('a.txt'));
    await page.settles('clean');
    expect(page.all('left-behind')).toEqual([]);
    expect(backend.calls).not.toContain('POST /file/upload/init/');
  });

  test('can be discarded', async () => {
    await backend.memory.remember(left);
    const page = openPage(backend);
    await page.click('left-discard');
    await vi.waitFor(() => expect(page.all('left-behind')).toEqual([]));
    expect(backend.calls).toContain('DELETE /file/upload/upload');
    expect(await backend.memory.all()).toEqual([]);
  });
});

describe('uploading', () => {
  test('several files, newest on top, each to its verdict', async () => {
    const page = openPage(backend);
    page.choose(file('a.txt'), file('b.txt'));
    await page.settles('clean', 'clean');
    expect(page.names()).toEqual(['b.txt', 'a.txt']);
    expect(page.get('announcement').textContent).toContain('Clean');
  });

  test('an infected file is said plainly and cannot be downloaded', async () => {
    backend.verdict = infected();
    const page = openPage(backend);
    page.choose(file('eicar.com'));
    await page.settles('infected');
    expect(page.get('file-note').textContent).toContain('Malware found');
    expect(page.all('download')).toEqual([]);
    expect(page.get('announcement-urgent').textContent).toContain('Infected');
  });

  test('what storage refuses can be tried again', async () => {
    backend.failPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await page.settles('failed');
    expect(page.get('file-note').textContent).toContain('try again');
    await vi.waitFor(() => expect(page.get('file-note').textContent).toContain('kept until'));
    backend.failPuts = false;
    await page.click('retry');
    await page.settles('clean');
    expect(backend.calls.filter((call) => call === 'POST /file/upload/init/')).toHaveLength(1);
  });

  test('a file can be paused, and goes on', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await vi.waitFor(() => expect(backend.puts).toBe(1));
    page.get('pause').focus();
    await page.click('pause');
    await page.settles('paused');
    expect(document.activeElement).toBe(page.get('resume'));
    await vi.waitFor(() => expect(page.get('file-note').textContent).toContain('kept until'));
    backend.letGo();
    await vi.waitFor(() => expect(page.get('file-figures').textContent).toContain('100%'));
    await page.settles('paused');
    await page.click('resume');
    await page.settles('clean');
    expect(backend.puts).toBe(1);
  });

  test('paused files are in no other file’s way', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'), file('b.txt'), file('c.txt'));
    await vi.waitFor(() => expect(backend.puts).toBe(3));
    for (let paused = 1; paused <= 3; paused += 1) {
      await page.click('pause');
      await vi.waitFor(() => expect(page.all('resume')).toHaveLength(paused));
    }
    backend.stallPuts = false;
    page.choose(file('d.txt'));
    await page.settles('clean', 'paused', 'paused', 'paused');
  });

  test('a device without a network says so, and no speed', async () => {
    const online = vi.spyOn(navigator, 'onLine', 'get');
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await vi.waitFor(() => expect(backend.puts).toBe(1));
    online.mockReturnValue(false);
    await vi.waitFor(() => expect(page.states()).toEqual(['offline']), 3000);
    expect(page.get('file-figures').textContent).not.toContain('/s');
    expect(page.get('file-note').textContent).toContain('resumes automatically');
    online.mockReturnValue(true);
    backend.letGo();
    await page.settles('clean');
  });

  test('what is cancelled too late is shown as the file that it is', async () => {
    const page = openPage(backend);
    backend.completeIsLost = true;
    page.choose(file('a.txt'));
    await page.settles('completing');
    await page.click('cancel');
    await page.settles('clean');
    expect(page.get('file-note').textContent).toContain('before it could be cancelled');
    expect(page.all('delete')).toHaveLength(1);
  });

  test('a cancelled file is forgotten, and can be sent after all', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await vi.waitFor(() => expect(backend.puts).toBe(1));
    await page.click('cancel');
    await page.settles('cancelled');
    await vi.waitFor(() => expect(backend.calls).toContain('DELETE /file/upload/upload'));
    backend.stallPuts = false;
    await page.click('retry');
    await page.settles('clean');
  });

  test('the papers go along', async () => {
    backend.users = [ada];
    backend.appointments = [visit];
    const page = openPage(backend);
    await vi.waitFor(() => expect(page.get('user-select').textContent).toContain('Ada'));
    await page.select('user-select', 'ada');
    await vi.waitFor(() => expect(page.get('appointment-select').textContent).toContain('Visit'));
    await page.select('appointment-select', 'visit');
    await vi.waitFor(() => expect(page.get('tally').textContent).toContain('Visit'));
    page.choose(file('a.txt'));
    await page.settles('clean');
    expect(backend.bodies).toContainEqual(
      expect.objectContaining({ user_id: 'ada', appointment_id: 'visit' }),
    );
  });

  test('a private file wants a credential before anything is sent', async () => {
    const page = openPage(backend);
    await page.click('private-switch');
    await page.find('credential-key');
    page.choose(file('a.txt'));
    await vi.waitFor(() => expect(page.get('private-problem').textContent).toContain('password'));
    expect(page.all('file-row')).toEqual([]);

    await page.fill('credential-key', 'pin');
    await page.fill('credential-value', '1234');
    await vi.waitFor(() => expect(page.get('private-problem').textContent).toBe(''));
    page.choose(file('a.txt'));
    await page.settles('clean');
    expect(backend.bodies).toContainEqual(expect.objectContaining({ credential: { pin: '1234' } }));
  });
});

describe('the list', () => {
  test('nothing yet says what to do', async () => {
    expect((await openPage(backend).find('list-empty')).textContent).toContain('Drop files');
  });

  test('names are text, whatever they look like', async () => {
    const name = '<img src=x onerror=alert(1)>\u202Egnp.exe';
    backend.files = [fileRecord({ filename: name })];
    const page = openPage(backend);
    const shown = await page.find('file-name');
    expect(shown.textContent).toBe(name);
    expect(shown.tagName).toBe('BDI');
    expect(shown.children).toHaveLength(0);
    expect(page.get('file-row').textContent).toContain('really ends in \u2068exe\u2069');
  });

  test('further pages on request', async () => {
    backend.pageSize = 2;
    backend.files = ['1', '2', '3'].map((filename) => fileRecord({ filename }));
    const page = openPage(backend);
    await page.find('show-more');
    expect(page.names()).toEqual(['1', '2']);
    await page.click('show-more');
    await vi.waitFor(() => expect(page.names()).toEqual(['1', '2', '3']));
    expect(page.all('show-more')).toEqual([]);
  });

  test.each([
    ['pending', false, 'queued'],
    ['scanning', false, 'scanning'],
    ['clean', false, 'clean'],
    ['disabled', false, 'unscanned'],
    ['infected', true, 'infected'],
    ['unscannable', true, 'held'],
    ['unscannable', false, 'unscannable'],
    ['error', false, 'scan-failed'],
    ['error', true, 'replaced'],
  ] as const)('%s (quarantined: %s) is shown as %s', async (virus_scan_status, is_quarantined, state) => {
    backend.files = [fileRecord({ virus_scan_status, is_quarantined })];
    const page = openPage(backend);
    await page.settles(state);
    const downloadable = ['clean', 'unscanned', 'unscannable'].includes(state);
    expect(page.all('download')).toHaveLength(downloadable ? 1 : 0);
    expect(page.all('scan-again')).toHaveLength(state === 'scan-failed' ? 1 : 0);
  });
});

test.each([
  ['encrypted: Heuristics.Encrypted.Zip', 'This file is encrypted'],
  ['too_large: over 5 bytes', "larger than the scanner's limit"],
  ['limits_exceeded: ZIP64', 'contains more than the scanner unpacks'],
  ['constructor: x', "couldn't be scanned"],
  [null, "couldn't be scanned"],
])('of a file that the scanner could not read (%s) it is said why', async (virus_scan_result, words) => {
  const quarantine_reason = 'The virus scanner could not judge this file, so it is not served.';
  const held = { virus_scan_status: 'unscannable', is_quarantined: true, quarantine_reason } as const;
  backend.files = [fileRecord({ ...held, virus_scan_result })];
  const note = await openPage(backend).find('file-note');
  expect(note.textContent).toContain(words);
  expect(note.textContent).toContain("can't be downloaded");
});

describe('a stored file', () => {
  const SAVED = 'https://storage.test/cargo?disposition=attachment';

  test.each(['application/zip', 'image/png', 'application/pdf', 'text/plain'])(
    'of type %s is saved by a fresh link, in no tab of its own',
    async (content_type) => {
      const links = followed();
      backend.files = [fileRecord({ content_type })];
      const page = openPage(backend);
      await page.click('download');
      await vi.waitFor(() => expect(links).toEqual([SAVED]));
    },
  );

  test('without a link in the list is asked for at the press of a button, not before', async () => {
    const links = followed();
    backend.files = ['a', 'b'].map((id) => fileRecord({ id, download_url: null }));
    const page = openPage(backend);
    await page.settles('clean', 'clean');
    const asked = () => backend.calls.filter((call) => call.startsWith('GET /file/content/'));
    expect(asked()).toEqual([]);
    await page.click('download');
    await vi.waitFor(() => expect(links).toEqual([SAVED]));
    expect(asked()).toHaveLength(1);
  });

  test('that has no link because storage cannot be asked says so', async () => {
    const links = followed();
    backend.files = [fileRecord()];
    const page = openPage(backend);
    await page.settles('clean');
    backend.refuseLinks = true;
    await page.click('download');
    await vi.waitFor(() => expect(document.body.textContent).toContain('storage_unavailable.'));
    expect(links).toEqual([]);
    await page.settles('clean');
  });

  test.each(['listed', 'sent from this page'])(
    '(%s) whose object was replaced is shown as blocked once its link is asked for',
    async (where) => {
      const links = followed();
      if (where === 'listed') backend.files = [fileRecord()];
      const page = openPage(backend);
      if (where !== 'listed') page.choose(file('a.txt'));
      await page.settles('clean');
      const replaced = { virus_scan_status: 'error', is_quarantined: true } as const;
      backend.files = backend.files.map((each) => ({ ...each, ...replaced }));
      await page.click('download');
      await page.settles('replaced');
      expect(page.get('file-note').textContent).toContain('upload it again');
      expect(links).toEqual([]);
    },
  );

  test('that is private asks for its credential every time, and says when it is wrong', async () => {
    const links = followed();
    backend.files = [fileRecord({ is_private: true, content_type: 'application/zip' })];
    backend.credential = { pin: '1' };
    const page = openPage(backend);
    await page.click('download');
    await page.submit();
    await vi.waitFor(() => expect(page.get('dialog-problem').textContent).toContain('password is missing'));
    const dialog = page.get('credential-dialog');
    const [key, value] = [...dialog.querySelectorAll('input')];
    if (!key || !value) throw new Error('The dialog has no fields.');
    await type(key, 'pin');
    await type(value, '2');
    await page.submit();
    await vi.waitFor(() => expect(page.get('dialog-problem').textContent).toContain('Wrong password'));
    expect(links).toEqual([]);

    await type(value, '1');
    await page.submit();
    await vi.waitFor(() => expect(links).toEqual([SAVED]));
    await vi.waitFor(() => expect(page.all('credential-dialog')).toEqual([]));
  });
});

describe('users and appointments', () => {
  test('a new user is chosen at once, and remembered for the session', async () => {
    const page = openPage(backend);
    await page.click('new-user');
    await page.fill('name-input', '  Grace ');
    await page.submit();
    await vi.waitFor(() => expect(page.get('tally').textContent).toContain('Grace'));
    expect(backend.users).toHaveLength(1);
    expect(backend.users[0]?.name).toBe('Grace');
    expect(sessionStorage.getItem('longshore.user')).toBe(backend.users[0]?.id);
  });

  test('a user goes with their files, after the question', async () => {
    backend.users = [ada];
    backend.files = [fileRecord({ user_id: 'ada' })];
    sessionStorage.setItem('longshore.user', 'ada');
    const page = openPage(backend);
    await page.click('delete-user');
    expect((await page.find('delete-user-dialog')).textContent).toContain('all appointments and files');
    await page.submit();
    await page.find('list-empty');
    expect(page.all('delete-user')).toEqual([]);
  });

  test('a remembered user who no longer exists counts as none', async () => {
    sessionStorage.setItem('longshore.user', 'gone');
    backend.files = [fileRecord()];
    const page = openPage(backend);
    await page.settles('clean');
    expect(page.all('tally')).toEqual([]);
  });
});

describe('the service as a whole', () => {
  test.each([
    ['off', 'banner-scanning-off', 'Virus scanning is off. Files can be downloaded without a scan.'],
    [
      'unsafe',
      'banner-scanner-unsafe',
      'The scanner lets some files pass without scanning them. Don\'t rely on "Clean".',
    ],
    ['down', 'banner-scanner-down', "Can't reach the scanner. Uploads are kept and scanned when it is back."],
  ] as const)('scanner %s', async (scanner, banner, words) => {
    backend.scanner = scanner;
    expect((await openPage(backend).find(banner)).textContent).toContain(words);
  });

  test('not there: it is said, and on return the lists are loaded again', async () => {
    backend.online = false;
    backend.files = [fileRecord()];
    const page = openPage(backend);
    const banner = await page.find('banner-unreachable');
    await page.find('list-failed');
    backend.online = true;
    banner.querySelector('button')?.click();
    await page.settles('clean');
    expect(page.all('banner-unreachable')).toEqual([]);
  });

  test('gone while a file is about to be sent: it is said at once', async () => {
    const page = openPage(backend);
    await page.find('list-empty');
    backend.online = false;
    page.choose(file('a.txt'));
    await page.find('banner-unreachable');
  });
});
