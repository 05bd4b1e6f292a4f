import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Page, PageRequest } from '../../shared/api/pages';
import { PageContextProvider } from '../../shared/state/page-context';
import type { HttpClient } from '../../client/index';
import { createAdminContext } from '../state/admin-context';
import { useList } from '../state/list';
import { useSelection } from '../state/selection';
import { Table } from '../ui/table';
import { FakeService, page as pageOf, Refusal } from './fake-service';
import { AdminTestPage } from './open';
import { soon } from '../../client/tests/soon';

interface Item {
  id: string;
}

const list = (http: HttpClient, { cursor }: PageRequest): Promise<Page<Item>> =>
  http.call(`/api/v1/admin/things?cursor=${cursor ?? ''}`, { repeat: 'once' });

function Things() {
  const things = useList(list, []);
  const selection = useSelection(things.items.map(({ id }) => id));
  return (
    <Table
      label="Things"
      list={things}
      idOf={({ id }) => id}
      nameOf={({ id }) => id}
      columns={[
        { key: 'name', title: 'Name', isHead: true, render: ({ id }) => <a href={`#${id}`}>{id}</a> },
      ]}
      selection={selection}
      empty="No things"
      testId="things"
    />
  );
}

let root: HTMLElement;
let service: FakeService;
let pages: Record<string, unknown>;

beforeEach(() => {
  pages = { '': pageOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }], 'next'), next: pageOf([{ id: 'd' }]) };
  service = new FakeService().on('GET /api/v1/admin/things', ({ query }) => pages[query['cursor'] ?? '']);
  root = document.createElement('div');
  document.body.append(root);
});
afterEach(() => {
  render(null, root);
  root.remove();
});

function open(): AdminTestPage {
  void act(() =>
    render(
      <PageContextProvider value={createAdminContext({ fetch: service.fetch })}>
        <Things />
      </PageContextProvider>,
      root,
    ),
  );
  return new AdminTestPage(root);
}

const chosen = () =>
  [...root.querySelectorAll<HTMLElement>('tr.chosen')].map((row) => row.dataset['id']).join('');

test('an empty list is not shown as an unreachable service', async () => {
  pages = { '': pageOf([]) };
  expect((await open().find('list-empty')).textContent).toBe('No things');
});

test('a failure has its reason, and can be tried again', async () => {
  service.on('GET /api/v1/admin/things', () => {
    throw new Refusal(503, 'database_unavailable', 'The database is down.');
  });
  const page = open();
  expect((await page.find('list-failed')).textContent).toContain('The database is down.');
  service.on('GET /api/v1/admin/things', () => pageOf([{ id: 'a' }]));
  await page.click('list-retry');
  await page.find('things-row');
});

test('a failure later keeps the rows, as out of date', async () => {
  const page = open();
  await page.find('show-more');
  service.isOnline = false;
  await page.click('show-more');
  await page.find('outdated');
  expect(page.all('things-row')).toHaveLength(3);
});

test('more rows are appended', async () => {
  const page = open();
  await page.click('show-more');
  await soon(() => expect(page.all('things-row')).toHaveLength(4));
  expect(page.all('show-more')).toEqual([]);
});

test('rows are chosen one by one, in between with Shift, and all at once', async () => {
  const page = open();
  await page.find('things-row');
  const click = (at: number, shiftKey = false) =>
    act(
      () => void page.all('choose')[at]?.dispatchEvent(new MouseEvent('click', { shiftKey, bubbles: true })),
    );
  await click(0);
  expect(chosen()).toBe('a');
  await click(2, true);
  expect(chosen()).toBe('abc');
  await click(1);
  expect(chosen()).toBe('ac');
  expect((page.get('choose-all') as HTMLInputElement).indeterminate).toBe(true);
  await page.click('choose-all');
  expect(chosen()).toBe('abc');
  await page.click('choose-all');
  expect(chosen()).toBe('');
});

test('the arrow keys move to the same control of the next row', async () => {
  const page = open();
  await page.find('things-row');
  const [, second] = page.all('choose');
  page.get('choose').focus();
  await page.press('choose', 'ArrowDown');
  expect(document.activeElement).toBe(second);
  second?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }));
  expect(document.activeElement).toBe(page.get('choose'));
});
