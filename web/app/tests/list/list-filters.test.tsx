import { beforeEach, describe, expect, test } from 'vitest';
import { FakeBackend, fileRecord, infected, NOW } from '../fakes';
import { goTo, openPage, type Page } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  backend.files = [
    fileRecord({ filename: 'invoice 1.pdf', size: 30, created_at: '2030-01-01T10:00:03Z' }),
    fileRecord({ filename: 'crane.png', size: 10, created_at: '2030-01-01T10:00:02Z' }),
    infected({ filename: 'Invoice 2.exe', size: 20, created_at: '2030-01-01T10:00:01Z' }),
  ];
});

const shows = (page: Page, ...names: string[]) => soon(() => expect(page.names()).toEqual(names));

describe('sorting', () => {
  test.each([
    ['created_at', ['Invoice 2.exe', 'crane.png', 'invoice 1.pdf']],
    ['filename', ['Invoice 2.exe', 'crane.png', 'invoice 1.pdf']],
    ['-size', ['invoice 1.pdf', 'Invoice 2.exe', 'crane.png']],
  ])('by %s', async (sort, names) => {
    const page = openPage(backend);
    await shows(page, 'invoice 1.pdf', 'crane.png', 'Invoice 2.exe');
    await page.select('sort-select', sort);
    await shows(page, ...names);
    expect(location.search).toBe(`?sort=${sort}`);
  });
});

describe('the address', () => {
  test('has search, status and order; the page is opened with them', async () => {
    history.replaceState(null, '', '/?search=invoice&status=infected&sort=size');
    const page = openPage(backend);
    await shows(page, 'Invoice 2.exe');
    expect((page.get('search') as HTMLInputElement).value).toBe('invoice');
    expect((page.get('verdict-select') as HTMLSelectElement).value).toBe('infected');
    expect((page.get('sort-select') as HTMLSelectElement).value).toBe('size');
    await page.select('verdict-select', '');
    await shows(page, 'Invoice 2.exe', 'invoice 1.pdf');
    expect(location.search).toBe('?search=invoice&sort=size');
  });

  test('of a search is one step of the back button, which leads to the list before', async () => {
    const before = history.length;
    const page = openPage(backend);
    await page.fill('search', 'in');
    await soon(() => expect(location.search).toBe('?search=in'));
    await page.fill('search', 'invoice');
    await soon(() => expect(location.search).toBe('?search=invoice'));
    expect(history.length).toBe(before + 1);
    await goTo('/');
    await shows(page, 'invoice 1.pdf', 'crane.png', 'Invoice 2.exe');
    expect((page.get('search') as HTMLInputElement).value).toBe('');
  });

  test('that names unknown values shows the plain list', async () => {
    history.replaceState(null, '', '/?status=purple&sort=colour&other=1');
    const page = openPage(backend);
    await shows(page, 'invoice 1.pdf', 'crane.png', 'Invoice 2.exe');
    await page.select('sort-select', 'size');
    expect(location.search).toBe('?sort=size&other=1');
  });
});

describe('searching', () => {
  test('by name, with the number of results', async () => {
    const page = openPage(backend);
    await page.fill('search', ' invoice ');
    await shows(page, 'invoice 1.pdf', 'Invoice 2.exe');
    expect(page.get('result-count').textContent).toBe('2 files found.');
    await page.fill('search', '');
    await shows(page, 'invoice 1.pdf', 'crane.png', 'Invoice 2.exe');
    expect(page.get('result-count').textContent).toBe('');
  });

  test('by status', async () => {
    const page = openPage(backend);
    await page.select('verdict-select', 'infected');
    await shows(page, 'Invoice 2.exe');
    expect(page.get('result-count').textContent).toBe('1 file found.');
  });

  test('without results offers to show all files', async () => {
    const page = openPage(backend);
    await page.fill('search', 'zebra');
    expect((await page.find('list-empty')).textContent).toContain('No matching files');
    await page.click('clear-filters');
    await shows(page, 'invoice 1.pdf', 'crane.png', 'Invoice 2.exe');
  });

  test('repeats the call while the service examines few files, then asks the user', async () => {
    backend.window = 1;
    const others = Array.from({ length: 10 }, () => fileRecord({ created_at: NOW }));
    backend.files = [...others, fileRecord({ filename: 'last.pdf', created_at: '2029-01-01T00:00:00Z' })];
    const page = openPage(backend);
    await page.fill('search', 'last');
    await soon(() => expect(page.get('show-more').textContent).toContain('Continue searching'));
    expect(page.get('result-count').textContent).toBe('0 files found so far.');
    await page.click('show-more');
    await shows(page, 'last.pdf');
  });
});

test('a reconnect keeps all pages of the list, and the rows of uploads, at every moment', async () => {
  backend.pageSize = 2;
  backend.files = ['1', '2', '3'].map((filename) => fileRecord({ filename }));
  const page = openPage(backend);
  await page.click('show-more');
  page.choose(new File(['x'], 'sent.txt'));
  await page.settles('clean', 'clean', 'clean', 'clean');
  const counts = new Set<number>();
  const observer = new MutationObserver(() => counts.add(page.names().length));
  observer.observe(page.get('file-list'), { childList: true });
  backend.online = false;
  await page.click('download');
  const banner = await page.find('banner-unreachable');
  const listed = backend.calls.filter((call) => call === 'GET /file/all').length;
  backend.online = true;
  banner.querySelector('button')?.click();
  await soon(() => expect(backend.calls.filter((call) => call === 'GET /file/all')).toHaveLength(listed + 2));
  await soon(() => expect(page.all('banner-unreachable')).toEqual([]));
  await shows(page, 'sent.txt', '1', '2', '3');
  observer.disconnect();
  expect([...counts].filter((count) => count !== 4)).toEqual([]);
});

test('a reload keeps all pages of the list', async () => {
  backend.pageSize = 2;
  backend.files = ['1', '2', '3'].map((filename) => fileRecord({ filename, virus_scan_status: 'error' }));
  const page = openPage(backend);
  await page.click('show-more');
  await shows(page, '1', '2', '3');
  await page.click('scan-again');
  await soon(() => expect(backend.calls.filter((call) => call === 'GET /file/all')).toHaveLength(4));
  await shows(page, '1', '2', '3');
});
