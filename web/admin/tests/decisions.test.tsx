import { beforeEach, expect, test } from 'vitest';
import type { Decision } from '../api/decisions';
import { FakeService, page as pageOf, Refusal } from './fake-service';
import { decision } from './fakes';
import { openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const LIST = 'GET /api/v1/admin/decisions';
const ONE = 'GET /api/v1/admin/decisions/decision-1';
const WAITING = { action: 'release', state: 'waiting', done: 0, reason: 'Checked.', ended_at: null } as const;

let now: Decision;
let service: FakeService;

beforeEach(() => {
  now = decision();
  service = new FakeService().on(ONE, () => now).on(LIST, () => pageOf([now]));
});

test('the list leads to each decision', async () => {
  now = decision({ matched: 5, done: 3, skipped: 2 });
  const page = openAdmin(service, '#/decisions');
  const row = await page.find('decisions-row');
  expect(row.textContent).toContain('3 decided, 2 skipped');
  expect(row.querySelector('a')?.getAttribute('href')).toBe('#/decisions/decision-1');
});

test('the progress is shown until it is done', async () => {
  now = decision({ state: 'running', matched: 4, done: 1, ended_at: null });
  const page = openAdmin(service, '#/decisions/decision-1');
  const shown = await page.find('decision');
  expect(shown.querySelector('progress')?.value).toBe(1);
  now = decision({ state: 'done', matched: 4, done: 3, failed: 1 });
  await soon(() => expect(page.get('decision').dataset['state']).toBe('done'));
  expect(page.get('decision-figures').textContent).toBe('3 decided1 failed');
  expect(page.get('announcement').textContent).toContain('Scan again: 3 decided, 1 failed.');
});

test('a running one is cancelled after a question', async () => {
  now = decision({ state: 'running', done: 0, ended_at: null });
  service.on('DELETE /api/v1/admin/decisions/decision-1', () => decision({ state: 'cancelled' }));
  const page = openAdmin(service, '#/decisions/decision-1');
  await page.click('cancel-decision');
  await page.submit();
  await soon(() => expect(page.get('decision').dataset['state']).toBe('cancelled'));
  expect(page.all('cancel-decision')).toEqual([]);
});

test('another operator approves a release', async () => {
  now = decision({ ...WAITING, created_by: 'ben' });
  service.on('POST /api/v1/admin/decisions/*/approve', () =>
    decision({ action: 'release', approved_by: 'olivia' }),
  );
  const page = openAdmin(service, '#/decisions/decision-1');
  await page.click('approve');
  expect(page.get('confirm-dialog').textContent).toContain('Checked.');
  await page.submit();
  await soon(() => expect(page.get('decision').dataset['state']).toBe('done'));
});

test('the operator who created a release cannot approve it', async () => {
  now = decision(WAITING);
  const page = openAdmin(service, '#/decisions/decision-1');
  expect((await page.find('decision')).textContent).toContain('another operator approves');
  expect(page.all('approve')).toEqual([]);
});

test('an approval that is refused has its reason', async () => {
  now = decision({ ...WAITING, created_by: 'ben' });
  service.on('POST /api/v1/admin/decisions/*/approve', () => {
    throw new Refusal(409, 'decision_ended', 'The decision has ended.');
  });
  const page = openAdmin(service, '#/decisions/decision-1');
  await page.click('approve');
  await page.submit();
  await soon(() => expect(page.get('dialog-problem').textContent).toContain('has ended'));
});

test('an unknown decision', async () => {
  service.on(ONE, () => {
    throw new Refusal(404, 'decision_not_found');
  });
  const page = openAdmin(service, '#/decisions/decision-1');
  expect((await page.find('list-empty')).textContent).toContain('no decision with this id');
});
