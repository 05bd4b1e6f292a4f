import { beforeEach, describe, expect, test, vi } from 'vitest';
import { recordFrames } from '../../shared/tests/page';
import { FakeBackend, fileRecord, infected, UNFINISHED_ID, NOW } from './fakes';
import { act } from 'preact/test-utils';
import { openPage } from './page';
import { soon } from '../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
});

const file = (name: string, content = 'x') => new File([content], name, { type: 'text/plain' });
const ada = { id: 'ada', name: 'Ada', created_at: NOW };
const visit = { id: 'visit', user_id: 'ada', title: 'Visit', created_at: NOW };

describe('unfinished uploads of an earlier page', () => {
  const unfinished = {
    upload_id: 'upload',
    file_id: UNFINISHED_ID,
    endpoint: '',
    name: 'a.txt',
    size: 1,
    last_modified: 0,
    expires_at: '2099-01-01T00:00:00Z',
  };

  test('are listed with their progress until the same file is chosen again', async () => {
    await backend.memory.remember(unfinished);
    const page = openPage(backend);
    expect((await page.find('unfinished')).textContent).toContain('Unfinished uploads');
    expect(page.get('unfinished-upload').textContent).toContain('a.txt');
    await soon(() => expect(page.get('unfinished-upload').textContent).toContain('1 byte of 1 byte'));
    expect(page.get('unfinished-upload').querySelector('progress')?.value).toBe(1);
    page.choose(file('a.txt'));
    await page.settles('clean');
    expect(page.all('unfinished')).toEqual([]);
    expect(backend.calls).not.toContain('POST /file/upload/init/');
  });

  test('are resumed with the file that their button opens, under its own name', async () => {
    await backend.memory.remember(unfinished);
    const page = openPage(backend);
    await page.find('unfinished');
    page.give('resume-input', file('copy of a.txt'));
    await page.settles('clean');
    expect(page.names()).toEqual(['a.txt']);
    expect(page.all('unfinished')).toEqual([]);
    expect(backend.calls).not.toContain('POST /file/upload/init/');
  });

  test.each([
    ['of another size', 'xy', null],
    ['with other bytes', 'x', 2],
  ])('explain a file %s, and stay', async (_, content, openSize) => {
    backend.openSize = openSize;
    await backend.memory.remember(unfinished);
    const page = openPage(backend);
    await page.find('unfinished');
    page.give('resume-input', file('a.txt', content));
    await soon(() =>
      expect(page.get('unfinished-problem').textContent).toContain('This is a different file.'),
    );
    await page.settles();
    expect(await backend.memory.all()).toEqual([unfinished]);
  });

  test('can be discarded', async () => {
    await backend.memory.remember(unfinished);
    const page = openPage(backend);
    await page.click('discard');
    await soon(() => expect(page.all('unfinished')).toEqual([]));
    expect(backend.calls).toContain('DELETE /file/upload/upload');
    expect(await backend.memory.all()).toEqual([]);
  });
});

describe('hundreds of files', () => {
  const many = Array.from({ length: 250 }, (_, index) => file(`${index + 1}.txt`));

  test('are all uploaded; rows show those under way and the next ones', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(...many);
    await soon(() => expect(page.states()).toContain('uploading'));
    expect(page.get('hidden-uploads').textContent).toContain('150 more files, 150 of them waiting');
    expect(page.names().slice(0, 3)).toEqual(['3.txt', '2.txt', '1.txt']);
    expect(page.names().slice(3, 5)).toEqual(['4.txt', '5.txt']);
    await page.click('show-more-uploads');
    expect(page.states()).toHaveLength(200);
    backend.stallPuts = false;
    backend.finishAllPuts();
    await soon(() => expect(backend.files).toHaveLength(250));
    await soon(() => expect(page.get('hidden-uploads').textContent).toContain('50 more files'));
    expect(page.get('hidden-uploads').textContent).not.toContain('waiting');
  });

  test('a cancelled one that waited is never sent, and the others are', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(...many.slice(0, 30));
    await soon(() => expect(page.states()).toContain('uploading'));
    await act(() => page.all('cancel').at(-1)?.click());
    backend.stallPuts = false;
    backend.finishAllPuts();
    await soon(() => expect(backend.files).toHaveLength(29));
    expect(page.states()[0]).toBe('cancelled');
    expect(backend.files.map(({ filename }) => filename)).not.toContain('30.txt');
  });
});

describe('uploading', () => {
  test('several files, newest first, until their verdicts', async () => {
    const page = openPage(backend);
    page.choose(file('a.txt'), file('b.txt'));
    await page.settles('clean', 'clean');
    expect(page.names()).toEqual(['b.txt', 'a.txt']);
    expect(page.get('announcement').textContent).toContain('Clean');
  });

  test('an infected file is reported and cannot be downloaded', async () => {
    backend.verdict = infected();
    const page = openPage(backend);
    page.choose(file('eicar.com'));
    await page.settles('infected');
    expect(page.get('file-note').textContent).toContain('Malware found');
    expect(page.all('download')).toEqual([]);
    expect(page.get('announcement-urgent').textContent).toContain('Infected');
  });

  test('an upload that storage refuses can be retried', async () => {
    backend.failPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await page.settles('failed');
    expect(page.get('file-note').textContent).toContain('try again');
    await soon(() => expect(page.get('file-note').textContent).toContain('kept until'));
    backend.failPuts = false;
    await page.click('retry');
    await page.settles('clean');
    expect(backend.calls.filter((call) => call === 'POST /file/upload/init/')).toHaveLength(1);
  });

  test('a file can be paused and resumed', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await soon(() => expect(backend.puts).toBe(1));
    page.get('pause').focus();
    await page.click('pause');
    await page.settles('paused');
    expect(document.activeElement).toBe(page.get('resume'));
    await soon(() => expect(page.get('file-note').textContent).toContain('kept until'));
    backend.finishPut();
    await soon(() => expect(page.get('file-figures').textContent).toContain('100%'));
    await page.settles('paused');
    await page.click('resume');
    await page.settles('clean');
    expect(backend.puts).toBe(1);
  });

  test('paused files do not block others', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'), file('b.txt'), file('c.txt'));
    await soon(() => expect(backend.puts).toBe(3));
    for (let paused = 1; paused <= 3; paused += 1) {
      await page.click('pause');
      await soon(() => expect(page.all('resume')).toHaveLength(paused));
    }
    backend.stallPuts = false;
    page.choose(file('d.txt'));
    await page.settles('paused', 'paused', 'paused', 'clean');
  });

  test('without a network the row shows that, and no speed', async () => {
    const online = vi.spyOn(navigator, 'onLine', 'get');
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await soon(() => expect(backend.puts).toBe(1));
    online.mockReturnValue(false);
    await soon(() => expect(page.states()).toEqual(['offline']));
    expect(page.get('file-figures').textContent).not.toContain('/s');
    expect(page.get('file-note').textContent).toContain('resumes automatically');
    online.mockReturnValue(true);
    backend.finishPut();
    await page.settles('clean');
  });

  test('an upload whose part fails is tried again, and can be paused meanwhile', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await soon(() => expect(backend.puts).toBe(1));
    backend.failPuts = true;
    backend.finishPut();
    await page.settles('retrying');
    expect(page.get('file-note').textContent).toContain('tries again automatically');
    expect(page.get('file-figures').textContent).not.toContain('/s');
    await page.click('pause');
    await page.settles('paused');
    await page.click('resume');
    backend.failPuts = backend.stallPuts = false;
    backend.finishAllPuts();
    await page.settles('clean');
  });

  test('a file that is cancelled too late is shown as stored', async () => {
    const page = openPage(backend);
    backend.completeIsLost = true;
    page.choose(file('a.txt'));
    await page.settles('completing');
    await page.click('cancel');
    await page.settles('clean');
    expect(page.get('file-note').textContent).toContain('before it could be cancelled');
    expect(page.all('delete')).toHaveLength(1);
  });

  test('a cancelled file is aborted, and can be uploaded again', async () => {
    backend.stallPuts = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await soon(() => expect(backend.puts).toBe(1));
    await page.click('cancel');
    await page.settles('cancelled');
    await soon(() => expect(backend.calls).toContain('DELETE /file/upload/upload'));
    backend.stallPuts = false;
    await page.click('retry');
    await page.settles('clean');
  });

  test('files are assigned to the chosen user and appointment', async () => {
    backend.users = [ada];
    backend.appointments = [visit];
    const page = openPage(backend);
    await soon(() => expect(page.get('user-select').textContent).toContain('Ada'));
    await page.select('user-select', 'ada');
    await soon(() => expect(page.get('appointment-select').textContent).toContain('Visit'));
    await page.select('appointment-select', 'visit');
    await soon(() => expect(page.get('assignment-summary').textContent).toContain('Visit'));
    page.choose(file('a.txt'));
    await page.settles('clean');
    expect(backend.bodies).toContainEqual(
      expect.objectContaining({ user_id: 'ada', appointment_id: 'visit' }),
    );
  });
});

describe('the list', () => {
  test('without files explains what to do', async () => {
    expect((await openPage(backend).find('list-empty')).textContent).toContain('Drop files');
  });

  test('names are rendered as text', async () => {
    const name = '<img src=x onerror=alert(1)>\u202Egnp.exe';
    backend.files = [fileRecord({ filename: name })];
    const page = openPage(backend);
    const shown = await page.find('file-name');
    expect(shown.textContent).toBe(name);
    expect(shown.tagName).toBe('BDI');
    expect(shown.children).toHaveLength(0);
    expect(page.get('file-row').textContent).toContain('really ends in \u2068exe\u2069');
  });

  test('loads more pages on request', async () => {
    backend.pageSize = 2;
    backend.files = ['1', '2', '3'].map((filename) => fileRecord({ filename }));
    const page = openPage(backend);
    await page.find('show-more');
    expect(page.names()).toEqual(['1', '2']);
    await page.click('show-more');
    await soon(() => expect(page.names()).toEqual(['1', '2', '3']));
    expect(page.all('show-more')).toEqual([]);
  });

  test.each([
    ['pending', false, 'queued'],
    ['scanning', false, 'scanning'],
    ['clean', false, 'clean'],
    ['disabled', false, 'unscanned'],
    ['infected', true, 'infected'],
    ['unscannable', true, 'blocked'],
    ['blocked', true, 'blocked'],
    ['released', false, 'released'],
    ['unscannable', false, 'unscannable'],
    ['error', false, 'scan-failed'],
    ['error', true, 'replaced'],
  ] as const)('%s (quarantined: %s) is shown as %s', async (virus_scan_status, is_quarantined, state) => {
    backend.files = [fileRecord({ virus_scan_status, is_quarantined })];
    const page = openPage(backend);
    await page.settles(state);
    const downloadable = ['clean', 'unscanned', 'unscannable', 'released'].includes(state);
    expect(page.all('download')).toHaveLength(downloadable ? 1 : 0);
    expect(page.all('scan-again')).toHaveLength(state === 'scan-failed' ? 1 : 0);
  });
});

test.each([
  ['type_mismatch: the bytes are text/html; accepted are image/*', 'not of a type that is accepted here'],
  ['another rule', 'does not follow a rule'],
])('a file that is blocked by a rule (%s) has the reason in its note', async (virus_scan_result, words) => {
  backend.files = [fileRecord({ virus_scan_status: 'blocked', virus_scan_result, is_quarantined: true })];
  const note = await openPage(backend).find('file-note');
  expect(note.textContent).toContain(words);
});

test.each([
  ['encrypted: Heuristics.Encrypted.Zip', 'This file is encrypted'],
  ['too_large: over 5 bytes', "larger than the scanner's limit"],
  ['limits_exceeded: ZIP64', 'contains more than the scanner unpacks'],
  ['ambiguous_zip: another archive is behind it', 'Programs find different files in this archive'],
  ['constructor: x', "couldn't be scanned"],
  [null, "couldn't be scanned"],
])('a file that could not be scanned (%s) has the reason in its note', async (virus_scan_result, words) => {
  const quarantine_reason = 'The virus scanner could not judge this file, so it is not served.';
  const blocked = { virus_scan_status: 'unscannable', is_quarantined: true, quarantine_reason } as const;
  backend.files = [fileRecord({ ...blocked, virus_scan_result })];
  const note = await openPage(backend).find('file-note');
  expect(note.textContent).toContain(words);
  expect(note.textContent).toContain("can't be downloaded");
});

describe('a stored file', () => {
  const SAVED = 'https://storage.test/file?disposition=attachment';

  test.each(['application/zip', 'image/png', 'application/pdf', 'text/plain'])(
    'of type %s is saved by a fresh link, without a new tab',
    async (content_type) => {
      const frames = recordFrames();
      backend.files = [fileRecord({ content_type })];
      const page = openPage(backend);
      await page.click('download');
      await soon(() => expect(frames.map(({ src }) => src)).toEqual([SAVED]));
    },
  );

  test('without a link in the list has its link fetched on click, not before', async () => {
    const frames = recordFrames();
    backend.files = ['a', 'b'].map((id) => fileRecord({ id, download_url: null }));
    const page = openPage(backend);
    await page.settles('clean', 'clean');
    const linkCalls = () => backend.calls.filter((call) => call.startsWith('GET /file/content/'));
    expect(linkCalls()).toEqual([]);
    await page.click('download');
    await soon(() => expect(frames.map(({ src }) => src)).toEqual([SAVED]));
    expect(linkCalls()).toHaveLength(1);
  });

  test('has an error while storage is unavailable', async () => {
    const frames = recordFrames();
    backend.files = [fileRecord()];
    const page = openPage(backend);
    await page.settles('clean');
    backend.refuseLinks = true;
    await page.click('download');
    await soon(() => expect(document.body.textContent).toContain('storage_unavailable.'));
    expect(frames).toEqual([]);
    await page.settles('clean');
  });

  test.each(['listed', 'sent from this page'])(
    '(%s) whose object was replaced is blocked once its link is requested',
    async (where) => {
      const frames = recordFrames();
      if (where === 'listed') backend.files = [fileRecord()];
      const page = openPage(backend);
      if (where !== 'listed') page.choose(file('a.txt'));
      await page.settles('clean');
      const replaced = { virus_scan_status: 'error', is_quarantined: true } as const;
      backend.files = backend.files.map((each) => ({ ...each, ...replaced }));
      await page.click('download');
      await page.settles('replaced');
      expect(page.get('file-note').textContent).toContain('upload it again');
      expect(frames).toEqual([]);
    },
  );

  test('that is private asks for its credential every time, and reports a wrong one', async () => {
    const frames = recordFrames();
    backend.files = [fileRecord({ is_private: true, content_type: 'application/zip' })];
    backend.credential = { pin: '1' };
    const page = openPage(backend);
    await page.click('download');
    await page.submit();
    await soon(() => expect(page.get('dialog-problem').textContent).toContain('Enter a password'));
    await page.click('credential-advanced');
    await page.fill('credential-key', 'pin');
    await page.fill('credential-value', '2');
    await page.submit();
    await soon(() => expect(page.get('dialog-problem').textContent).toContain('Wrong password'));
    expect(frames).toEqual([]);

    await page.fill('credential-value', '1');
    await page.submit();
    await soon(() => expect(frames.map(({ src }) => src)).toEqual([SAVED]));
    await soon(() => expect(page.all('credential-dialog')).toEqual([]));
  });
});

describe('users and appointments', () => {
  test('a new user is chosen at once, and stored for the session', async () => {
    const page = openPage(backend);
    await page.click('new-user');
    await page.fill('name-input', '  Grace ');
    await page.submit();
    await soon(() => expect(page.get('assignment-summary').textContent).toContain('Grace'));
    expect(backend.users).toHaveLength(1);
    expect(backend.users[0]?.name).toBe('Grace');
    expect(sessionStorage.getItem('longshore.user')).toBe(backend.users[0]?.id);
  });

  test('a user is deleted with all files after a confirmation', async () => {
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

  test('a stored user who no longer exists counts as none', async () => {
    sessionStorage.setItem('longshore.user', 'gone');
    backend.files = [fileRecord()];
    const page = openPage(backend);
    await page.settles('clean');
    expect(page.all('assignment-summary')).toEqual([]);
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

  test('unreachable: there is a banner, and the lists are reloaded afterwards', async () => {
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

  test('unreachable for an upload: there is a banner at once', async () => {
    const page = openPage(backend);
    await page.find('list-empty');
    backend.online = false;
    page.choose(file('a.txt'));
    await page.find('banner-unreachable');
  });
});
