import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, test } from 'vitest';
import { filesOf } from '../../../client/store/index';
import { FakeBackend, fileRecord } from '../fakes';
import { openPage } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
});

const file = (name: string, content = 'x') => new File([content], name, { type: 'text/plain' });

/** A file, or a folder that returns its children in batches, as in the browser. */
type Tree = File | { name: string; batches: Tree[][] };

function entryOf(tree: Tree): FileSystemEntry {
  const { name } = tree;
  if (tree instanceof File) {
    const read = (resolve: (file: File) => void, reject: (error: Error) => void) =>
      name === 'locked.txt' ? reject(new Error('no access')) : resolve(tree);
    return { name, isFile: true, file: read } as never;
  }
  const batches = [...tree.batches];
  const readEntries = (resolve: (entries: FileSystemEntry[]) => void, reject: (error: Error) => void) => {
    if (name === 'locked') reject(new Error('no access'));
    else resolve((batches.shift() ?? []).map(entryOf));
  };
  return { name, isFile: false, createReader: () => ({ readEntries }) } as never;
}

const transferOf = (...trees: Tree[]) => ({
  items: trees.map((tree) => ({ kind: 'file', webkitGetAsEntry: () => entryOf(tree) })),
  files: trees,
  types: ['Files'],
});

function dispatch(name: 'drop' | 'paste', ...trees: Tree[]): Event {
  const event = new Event(name, { bubbles: true, cancelable: true });
  const transfer = transferOf(...trees);
  globalThis.dispatchEvent(Object.assign(event, { dataTransfer: transfer, clipboardData: transfer }));
  return event;
}

const stored = () => backend.files.map(({ filename, path_name }) => [path_name, filename]);

describe('folders', () => {
  test('that are dropped keep their paths at any depth, mixed with files', async () => {
    const page = openPage(backend);
    const inner = { name: 'in\\n\ner', batches: [[file('c.txt')]] };
    const empty = { name: 'empty', batches: [] };
    dispatch('drop', { name: 'outer', batches: [[file('b.txt'), empty], [inner]] }, file('a.txt'));
    await page.settles('clean', 'clean', 'clean');
    expect(page.names()).toEqual(['c.txt', 'b.txt', 'a.txt']);
    expect(page.all('file-folder').map((folder) => folder.textContent)).toEqual(['outer/in_n_er', 'outer']);
    expect(new Map(stored().map(([path, name]) => [name, path]))).toEqual(
      new Map([
        ['a.txt', null],
        ['b.txt', 'outer'],
        ['c.txt', 'outer/in_n_er'],
      ]),
    );
  });

  test('that are chosen keep their paths', async () => {
    const page = openPage(backend);
    const chosen = Object.defineProperty(file('a.txt'), 'webkitRelativePath', { value: 'outer/inner/a.txt' });
    page.give('drop-folder-input', chosen);
    await page.settles('clean');
    expect(stored()).toEqual([['outer/inner', 'a.txt']]);
  });

  test('and files that cannot be read are named, and the others uploaded', async () => {
    const page = openPage(backend);
    const folder = { name: 'outer', batches: [[file('locked.txt'), { name: 'locked', batches: [] }]] };
    dispatch('drop', folder, file('a.txt'));
    await page.settles('clean');
    expect(page.get('drop-problem').textContent).toContain(
      "couldn't be read: \u2068outer/locked.txt\u2069, \u2068outer/locked\u2069.",
    );
  });

  test('that are nested too deeply are named, and the others uploaded', async () => {
    const page = openPage(backend);
    const deep = (depth: number): Tree =>
      depth === 0 ? file('deep.txt') : { name: 'd', batches: [[deep(depth - 1)]] };
    dispatch('drop', deep(32), deep(33));
    await page.settles('clean');
    expect(stored()).toEqual([[`${'d/'.repeat(31)}d`, 'deep.txt']]);
    expect(page.get('drop-problem').textContent).toContain('nested too deeply');
  });

  test('of 10,000 files are read in batches', async () => {
    const batches = Array.from({ length: 100 }, (_, batch) =>
      Array.from({ length: 100 }, (_, at) => file(`${batch * 100 + at}.txt`)),
    );
    const found: number[] = [];
    const transfer = transferOf({ name: 'all', batches }, { name: 'next', batches: [] });
    const dropped = await filesOf(transfer as never, (count) => found.push(count));
    expect(dropped.files).toHaveLength(10_000);
    expect(found).toEqual([0, 10_000]);
  });
});

test('text that is pasted is no file; a screenshot gets a name with the time', async () => {
  const page = openPage(backend);
  expect(dispatch('paste').defaultPrevented).toBe(false);
  const copied = new File(['x'], 'image.png', { lastModified: 1 });
  expect(dispatch('paste', file('image.png'), copied).defaultPrevented).toBe(true);
  await page.settles('clean', 'clean');
  expect(page.names()[0]).toBe('image.png');
  expect(page.names()[1]).toMatch(/^Screenshot \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/);
});

test('files dragged over the page highlight the drop zone', async () => {
  const page = openPage(backend);
  const drag = (name: string) =>
    act(() => {
      const event = new Event(name, { bubbles: true, cancelable: true });
      globalThis.dispatchEvent(
        Object.assign(event, { dataTransfer: { types: ['Files'] }, relatedTarget: null }),
      );
    });
  await drag('dragover');
  expect(page.get('drop-zone').className).toContain('drop-zone-over');
  await drag('dragleave');
  expect(page.get('drop-zone').className).not.toContain('drop-zone-over');
});

describe('private files', () => {
  test('wait for their password, and are uploaded with it', async () => {
    const page = openPage(backend);
    await page.click('private-switch');
    page.choose(file('a.txt'), file('b.txt'));
    await page.settles('needs-password', 'needs-password');
    expect(page.get('private-problem').textContent).toBe('Enter a password.');
    expect(document.activeElement).toBe(page.get('credential-password'));
    await page.fill('credential-password', '1234');
    expect(page.get('upload-waiting').textContent).toBe('Upload 2 files with this password');
    await page.send('private-form');
    await page.settles('clean', 'clean');
    const credentials = backend.bodies.flatMap(({ credential }) => credential ?? []);
    expect(credentials).toEqual([{ password: '1234' }, { password: '1234' }]);
  });

  test('that wait are uploaded without a password only by the button', async () => {
    const page = openPage(backend);
    await page.click('private-switch');
    page.choose(file('a.txt'));
    await page.settles('needs-password');
    await page.click('cancel');
    await page.click('retry');
    await page.settles('needs-password');
    await page.click('private-switch');
    expect(page.get('upload-waiting').textContent).toBe('Upload 1 file without a password');
    expect(backend.calls.join()).not.toContain('init');
    await page.send('private-form');
    await page.settles('clean');
    expect(page.all('file-private')).toEqual([]);
  });

  test('can have names and values instead', async () => {
    const page = openPage(backend);
    await page.click('private-switch');
    await page.fill('credential-password', '1234');
    await page.click('credential-advanced');
    await page.fill('credential-key', 'pin');
    page.choose(file('a.txt'));
    await page.settles('clean');
    expect(backend.bodies).toContainEqual(expect.objectContaining({ credential: { pin: '1234' } }));
  });
});

describe('a name that exists', () => {
  const old = (change = {}) => fileRecord({ id: 'old', filename: 'a.txt', ...change });
  const sent = (name: string) =>
    backend.bodies.filter((body) => 'total_size' in body && body['filename'] === name);

  test('is kept next to the new one, with a number', async () => {
    backend.files = [old(), old({ id: 'second', filename: 'a (2).txt' })];
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await page.find('same-name-dialog');
    expect(page.states()[0]).toBe('needs-choice');
    await page.submit();
    await soon(() => expect(sent('a (3).txt')).toHaveLength(1));
    expect(page.all('same-name-dialog')).toEqual([]);
  });

  test('is replaced', async () => {
    backend.files = [old()];
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await page.click('choice-replace');
    await page.submit();
    await soon(() => expect(sent('a.txt')[0]).toMatchObject({ replaces: 'old' }));
    await page.settles('clean', 'clean');
    await soon(() => expect(page.states()).toEqual(['clean'])); // the list was loaded again
  });

  test('is skipped', async () => {
    backend.files = [old()];
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await page.click('choice-skip');
    await page.submit();
    await page.settles('clean');
    expect(backend.calls).not.toContain('POST /file/upload/init/');
  });

  test('waits in its row without an answer, while the others are uploaded', async () => {
    backend.files = [old()];
    const page = openPage(backend);
    page.choose(file('a.txt'), file('b.txt'));
    await page.find('same-name-dialog');
    await act(() => page.get('dialog-cancel').click());
    await page.settles('needs-choice', 'clean', 'clean');
    await page.click('decide');
    await page.submit();
    await soon(() => expect(sent('a (2).txt')).toHaveLength(1));
  });

  test('is asked about one by one, or once for all', async () => {
    backend.files = ['1', '2', '3'].map((id) => old({ id, filename: `${id}.txt` }));
    const page = openPage(backend);
    page.choose(file('1.txt'), file('2.txt'), file('3.txt'));
    await page.click('choice-skip');
    await page.submit();
    await soon(() => expect(page.get('same-name-dialog').textContent).toContain('\u20682.txt\u2069'));
    await page.click('choice-replace');
    await page.click('for-all');
    await page.submit();
    await soon(() => expect(sent('3.txt')[0]).toMatchObject({ replaces: '3' }));
    expect(sent('2.txt')[0]).toMatchObject({ replaces: '2' });
    expect(sent('1.txt')).toEqual([]);
  });

  test('twice in one selection has a number', async () => {
    const page = openPage(backend);
    page.choose(file('a.txt'), file('a.txt'));
    await page.find('same-name-dialog');
    expect(page.all('choice-replace')).toEqual([]);
    await page.submit();
    await page.settles('clean', 'clean');
    expect(page.names()).toEqual(['a (2).txt', 'a.txt']);
  });

  test('of a file on legal hold is not replaced', async () => {
    backend.files = [old({ legal_hold: true })];
    const page = openPage(backend);
    page.choose(file('a.txt'));
    expect((await page.find('same-name-dialog')).textContent).toContain('on legal hold');
    expect(page.all('choice-replace')).toEqual([]);
  });

  test('of private files is replaced with their passwords, for all where one fits', async () => {
    backend.credential = { password: 'right' };
    backend.files = ['1', '2'].map((id) => old({ id, filename: `${id}.txt`, is_private: true }));
    backend.files.push(old({ id: '3', filename: '3.txt', legal_hold: true }));
    const page = openPage(backend);
    page.choose(file('1.txt'), file('2.txt'), file('3.txt'));
    const problem = (text: string) =>
      soon(() => expect(page.get('dialog-problem').textContent).toContain(text));
    await page.click('choice-replace');
    await page.click('for-all');
    expect(page.get('same-name-dialog').textContent).toContain('The new one will not be.');
    await page.submit();
    await problem('Enter a password');
    await page.fill('credential-password', 'wrong');
    await page.submit();
    await problem('Wrong');
    expect(sent('1.txt')).toEqual([]);
    await page.fill('credential-password', 'right');
    await page.submit();
    await soon(() =>
      expect([sent('1.txt')[0], sent('2.txt')[0]]).toMatchObject([{ replaces: '1' }, { replaces: '2' }]),
    );
    expect(page.get('same-name-dialog').textContent).toContain('\u20683.txt\u2069');
    expect(sent('3.txt')).toEqual([]);
  });

  test.each([
    ['in another folder', { path_name: 'b' }],
    ['of another user', { user_id: 'ada' }],
    ['in quarantine', { is_quarantined: true }],
  ])('%s is no reason to ask', async (_, change) => {
    backend.files = [old(change)];
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await soon(() => expect(sent('a.txt')).toHaveLength(1));
    expect(page.all('same-name-dialog')).toEqual([]);
  });

  test('is uploaded without a question if the service does not answer', async () => {
    backend.files = [old()];
    backend.refuseLookups = true;
    const page = openPage(backend);
    page.choose(file('a.txt'));
    await soon(() => expect(sent('a.txt')).toHaveLength(1));
  });

  test('among many files of a folder is found by few calls', async () => {
    backend.pageSize = 200;
    backend.files = Array.from({ length: 300 }, (_, at) =>
      old({ id: `${at}`, filename: `${at}.txt`, path_name: 'd' }),
    );
    const page = openPage(backend);
    backend.stallPuts = true;
    const batches = [Array.from({ length: 12 }, (_, at) => file(`${at + 299}.txt`))];
    const before = backend.calls.length;
    dispatch('drop', { name: 'd', batches });
    await page.find('same-name-dialog');
    expect(page.get('same-name-dialog').textContent).toContain('299.txt');
    expect(page.all('for-all')).toEqual([]);
    const lookups = backend.calls.slice(before).filter((call) => call === 'GET /file/all');
    expect(lookups.length).toBeLessThanOrEqual(3);
  });
});
