import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeBackend, fileRecord, infected, NOW } from './fakes';
import { openPage, type Page } from './page';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  backend.files = [
    fileRecord({ filename: 'invoice 1.pdf', size: 30, created_at: '2030-01-01T10:00:03Z' }),
    fileRecord({ filename: 'crane.png', size: 10, created_at: '2030-01-01T10:00:02Z' }),
    infected({ filename: 'Invoice 2.exe', size: 20, created_at: '2030-01-01T10:00:01Z' }),
  ];
});

const shows = (page: Page, ...names: string[]) => vi.waitFor(() => expect(page.names()).toEqual(names));

describe('sorting', () => {
  test.each([
    ['created_at', ['Invoice 2.exe', 'crane.png', 'invoice 1.pdf']],
    ['filename', ['Invoice 2.exe', 'crane.png', 'invoice 1.pdf']],
    ['-size', ['invoice 1.pdf', 'Invoice 2.exe', 'crane.png']],
  ])('by %s, remembered for the session', async (sort, names) => {
    const page = openPage(backend);
    await shows(page, 'invoice 1.pdf', 'crane.png', 'Invoice 2.exe');
    await page.select('sort-select', sort);
    await shows(page, ...names);
    expect(sessionStorage.getItem('longshore.sort')).toBe(sort);
  });

  test('newest first where the session contains an unknown order', async () => {
    sessionStorage.setItem('longshore.sort', 'colour');
    await shows(openPage(backend), 'invoice 1.pdf', 'crane.png', 'Invoice 2.exe');
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
    await vi.waitFor(() => expect(page.get('show-more').textContent).toContain('Continue searching'));
    expect(page.get('result-count').textContent).toBe('0 files found so far.');
    await page.click('show-more');
    await shows(page, 'last.pdf');
  });
});

test('a reload keeps all pages of the list', async () => {
  backend.pageSize = 2;
  backend.files = ['1', '2', '3'].map((filename) => fileRecord({ filename, virus_scan_status: 'error' }));
  const page = openPage(backend);
  await page.click('show-more');
  await shows(page, '1', '2', '3');
  await page.click('scan-again');
  await vi.waitFor(() => expect(backend.calls.filter((call) => call === 'GET /file/all')).toHaveLength(4));
  await shows(page, '1', '2', '3');
});
