import { expect, test, vi } from 'vitest';
import { FakeBackend, NOW } from '../fakes';
import { openPage } from '../page';
import { soon } from '../../../client/tests/soon';

const people = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `u${at}`, name: `User ${at}`, created_at: NOW }));
const options = (select: HTMLElement) => [...select.querySelectorAll('option')].map((one) => one.textContent);

test('few users need no search', async () => {
  const backend = new FakeBackend();
  backend.users = people(3);
  const page = openPage(backend);
  await soon(() => expect(options(page.get('user-select'))).toHaveLength(4));
  expect(page.all('user-search')).toEqual([]);
});

test('of many users a page is loaded, a search finds the others, and Enter chooses the first', async () => {
  const backend = new FakeBackend();
  backend.users = people(3000);
  const page = openPage(backend);
  await page.find('user-search');
  expect(options(page.get('user-select'))).toHaveLength(51);
  await page.fill('user-search', 'User 2999');
  await soon(() => expect(page.get('user-found').textContent).toBe('1 found.'));
  page.get('user-search').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await soon(() => expect((page.get('user-select') as HTMLSelectElement).value).toBe('u2999'));
  await soon(() => expect(options(page.get('user-select'))).toHaveLength(52));
  expect(page.get('files-scope').textContent).toContain('User 2999');
});

test.each([
  ['exists', people(3000), 'User 2999'],
  ['does not exist any more', people(200), 'All files'],
])('a chosen user that is not among the loaded ones and %s', async (_, users, scope) => {
  sessionStorage.setItem('longshore.user', 'u2999');
  const backend = new FakeBackend();
  backend.users = users;
  const page = openPage(backend);
  await soon(() => expect(backend.calls).toContain('GET /users/u2999'));
  await soon(() => expect(page.get('files-scope').textContent).toContain(scope));
  expect(backend.calls.filter((call) => call === 'GET /users/u2999')).toHaveLength(1);
});

test('on a phone the fields are closed, and a summary names the choice', async () => {
  vi.stubGlobal('matchMedia', () => ({
    matches: true,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
  const backend = new FakeBackend();
  backend.users = people(1);
  const page = openPage(backend);
  const closed = () => page.get('user-select').closest('[hidden]') !== null;
  expect(closed()).toBe(true);
  expect(page.get('assign-summary').textContent).toBe('None');
  await page.click('assign-toggle');
  expect(closed()).toBe(false);
  await soon(() => expect(options(page.get('user-select'))).toHaveLength(2));
  await page.select('user-select', 'u0');
  await page.click('assign-toggle');
  await soon(() => expect(page.get('assign-summary').textContent).toContain('User 0'));
});
