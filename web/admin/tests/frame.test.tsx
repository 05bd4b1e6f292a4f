import { expect, test } from 'vitest';
import { VIEWS } from '../views';
import { FakeService } from './fake-service';
import { openAdmin } from './open';
import { operatedService } from './operations-fakes';
import { soon } from '../../client/tests/soon';

test('the navigation has every view, and marks the current one', async () => {
  const page = openAdmin(operatedService(), '#/audit');
  await page.find('to-audit');
  const links = VIEWS.map(({ path }) => page.get(`to-${path}`));
  expect(links.map((link) => link.getAttribute('href'))).toEqual(VIEWS.map(({ path }) => `#/${path}`));
  expect(links.filter((link) => link.getAttribute('aria-current') === 'page')).toEqual([
    page.get('to-audit'),
  ]);
});

test('another view has its title, and the focus on it', async () => {
  const page = openAdmin(operatedService(), '#/audit');
  await page.find('view-title');
  await page.goTo('#/subjects');
  await soon(() => expect(document.title).toBe('Subjects – Longshore'));
  expect(document.activeElement).toBe(page.get('view-title'));
});

test('an unknown address shows the first view', async () => {
  const page = openAdmin(operatedService(), '#/%E0%A4%A/x');
  expect((await page.find('view-title')).textContent).toBe(VIEWS[0]?.title);
});

test('a caller without the scope admin gets a message, and no view', async () => {
  const service = new FakeService();
  service.account = { ...service.account, subject: 'ann', scopes: ['upload', 'read'] };
  const page = openAdmin(service, '#/files');
  expect((await page.find('scope-missing')).textContent).toContain('ann');
  expect(page.all('navigation')).toEqual([]);
});

test('login off: the page is shown', async () => {
  const service = operatedService();
  service.account = { ...service.account, subject: null, scopes: [] };
  const page = openAdmin(service, '#/audit');
  await page.find('navigation');
});
