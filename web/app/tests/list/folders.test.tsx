import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeBackend, fileRecord } from '../fakes';
import { goTo, openPage, type Page } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  const at = (path_name: string | null, filename: string) =>
    fileRecord({ id: filename, filename, path_name });
  backend.files = [
    at(null, 'top.txt'),
    at('photos', 'harbour.png'),
    at('photos/2026', 'crane.png'),
    at('plans', 'pier.pdf'),
  ];
});

const folders = (page: Page) => page.all('folder-open').map(({ textContent }) => textContent);
const shows = (page: Page, below: string[], files: string[]) =>
  soon(() => expect([folders(page), page.names()]).toEqual([below, files]));
const open = async (page: Page, name: string) => {
  await soon(() => expect(folders(page)).toContain(name));
  page
    .all('folder-open')
    .find(({ textContent }) => textContent === name)
    ?.click();
};

describe('folders', () => {
  test('are above the files; opening one changes the address, and its path leads back', async () => {
    const page = openPage(backend);
    await shows(page, ['photos', 'plans'], ['top.txt']);
    await open(page, 'photos');
    await shows(page, ['2026'], ['harbour.png']);
    expect(location.search).toBe('?folder=photos');
    await open(page, '2026');
    await shows(page, [], ['crane.png']);
    expect(page.get('breadcrumbs').textContent).toBe('All filesphotos2026');
    expect([location.search, document.activeElement?.id]).toEqual(['?folder=photos/2026', 'files-title']);
    page.all('breadcrumb')[1]?.click();
    await shows(page, ['2026'], ['harbour.png']);
    await goTo('/');
    await shows(page, ['photos', 'plans'], ['top.txt']);
  });

  test('open with the page; one that does not exist is empty', async () => {
    history.replaceState(null, '', '/?folder=/photos/2026/');
    await shows(openPage(backend), [], ['crane.png']);
    history.replaceState(null, '', '/?folder=nowhere');
    expect((await openPage(backend).find('list-empty')).textContent).toContain('This folder is empty');
  });

  test('without any, the list is that of all files', async () => {
    backend.files = [fileRecord({ filename: 'only.txt' })];
    const page = openPage(backend);
    await shows(page, [], ['only.txt']);
    expect(page.all('breadcrumbs')).toEqual([]);
    expect(backend.queries('GET /file/all').map((query) => query.has('path_name'))).toEqual([false]);
  });

  test('a search includes those below, and shows where a file is', async () => {
    history.replaceState(null, '', '/?folder=photos');
    const page = openPage(backend);
    await page.fill('search', 'png');
    await shows(page, [], ['harbour.png', 'crane.png']);
    expect(page.all('file-folder').map(({ textContent }) => textContent)).toEqual(['photos/2026']);
    await page.fill('search', '');
    await shows(page, ['2026'], ['harbour.png']);
  });

  test('the files of a user are listed without regard to folders', async () => {
    backend.users = [{ id: 'u', name: 'Ann', created_at: '' }];
    backend.files = backend.files.map((file) => ({ ...file, user_id: 'u' }));
    sessionStorage.setItem('longshore.user', 'u');
    const page = openPage(backend);
    await shows(page, [], ['top.txt', 'harbour.png', 'crane.png', 'pier.pdf']);
    expect(page.all('file-folder')).toHaveLength(3);
  });

  test('administrators see the files of all owners in the outermost list', async () => {
    const context = backend.context();
    const account = { subject: 'ann', used_bytes: null, allowed_bytes: null, storage_lets_through: [] };
    context.login.account.set({ ...account, scopes: ['admin'] });
    vi.spyOn(backend, 'context').mockReturnValue(context);
    await shows(openPage(backend), ['photos', 'plans'], ['top.txt', 'harbour.png', 'crane.png', 'pier.pdf']);
  });

  test('a new file is uploaded into the shown folder', async () => {
    history.replaceState(null, '', '/?folder=photos');
    const page = openPage(backend);
    await shows(page, ['2026'], ['harbour.png']);
    page.choose(new File(['x'], 'new.png'));
    await soon(() => expect(page.states()).toEqual(['clean', 'clean']));
    expect(backend.bodies).toContainEqual(
      expect.objectContaining({ filename: 'new.png', path_name: 'photos' }),
    );
  });
});

describe('a folder is renamed', () => {
  const rename = async (page: Page, name: string) => {
    await page.click('folder-rename');
    await page.fill('name-input', name);
    await page.submit();
  };

  test('with all that is in it', async () => {
    const page = openPage(backend);
    await rename(page, 'pictures');
    await shows(page, ['pictures', 'plans'], ['top.txt']);
    await open(page, 'pictures');
    await shows(page, ['2026'], ['harbour.png']);
  });

  test('unless the name is taken or missing', async () => {
    const page = openPage(backend);
    await rename(page, 'plans');
    await soon(() => expect(page.get('dialog-problem').textContent).toContain('folder_exists'));
    await page.fill('name-input', ' ');
    await page.submit();
    await soon(() => expect(page.get('dialog-problem').textContent).toContain('required'));
  });
});

test('moved files leave the list, and their new folder appears', async () => {
  const page = openPage(backend);
  await page.click('select');
  await page.click('selected-move');
  await page.fill('folder-input', 'old things');
  await page.submit();
  await shows(page, ['old things', 'photos', 'plans'], []);
});

test('a folder to move to can be chosen step by step', async () => {
  const page = openPage(backend);
  await page.click('select');
  await page.click('selected-move');
  await page.click('folder-choice');
  await soon(() =>
    expect(page.all('folder-choice').map(({ textContent }) => textContent.trim())).toEqual(['2026']),
  );
  expect((page.get('folder-input') as HTMLInputElement).value).toBe('photos');
});
