import { beforeEach, expect, test } from 'vitest';
import type { AllowlistEntry } from '../api/allowlist';
import { FakeService, page as pageOf, Refusal } from './fake-service';
import { NOW } from './fakes';
import { openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const LIST = 'GET /api/v1/admin/allowlist';
const ADD = 'POST /api/v1/admin/allowlist';

const entry = (change: Partial<AllowlistEntry> = {}): AllowlistEntry => ({
  entry_id: 'entry-1',
  kind: 'signature',
  value: 'Win.Test-1',
  reason: 'Our own tool.',
  state: 'active',
  created_by: 'olivia',
  created_at: NOW,
  approved_by: null,
  approved_at: null,
  ends_at: null,
  removed_at: null,
  ...change,
});

let entries: AllowlistEntry[];
let service: FakeService;

beforeEach(() => {
  entries = [];
  service = new FakeService().on(LIST, () => pageOf(entries));
});

test('an entry is added with its reason and last day', async () => {
  service.on(ADD, () => {
    entries = [entry()];
    return entry();
  });
  const page = openAdmin(service, '#/allowlist');
  await page.find('list-empty');
  await page.click('add-entry');
  await page.submit();
  expect(page.get('dialog-problem').textContent).toContain('Enter the value and the reason');
  await page.fill('entry-value', ' Win.Test-1 ');
  await page.fill('reason', 'Our own tool.');
  await page.fill('entry-until', '2020-01-01');
  await page.submit();
  expect(page.get('dialog-problem').textContent).toContain('in the past');
  await page.fill('entry-until', '2090-12-31');
  await page.submit();
  await page.find('allowlist-row');
  expect(service.callsOf(ADD).map(({ body }) => body)).toEqual([
    {
      kind: 'signature',
      value: 'Win.Test-1',
      reason: 'Our own tool.',
      ends_at: new Date(2091, 0, 1).toISOString(),
    },
  ]);
});

test('a value that the service refuses', async () => {
  service.on(ADD, () => {
    throw new Refusal(422, 'validation_failed', 'The body is invalid.');
  });
  const page = openAdmin(service, '#/allowlist');
  await page.click('add-entry');
  await page.select('entry-kind', 'sha256');
  await page.fill('entry-value', 'xyz');
  await page.fill('reason', 'Ours.');
  await page.submit();
  await soon(() => expect(page.get('dialog-problem').textContent).toContain('The body is invalid.'));
});

test('only another operator approves an entry', async () => {
  entries = [
    entry({ state: 'waiting' }),
    entry({ entry_id: 'entry-2', state: 'waiting', created_by: 'ben' }),
  ];
  service.on('POST /api/v1/admin/allowlist/*/approve', () => {
    entries = [entry()];
    return entry();
  });
  const page = openAdmin(service, '#/allowlist');
  await page.find('allowlist-row');
  expect(page.all('approve-entry')).toHaveLength(1);
  await page.click('approve-entry');
  await page.submit();
  await soon(() => expect(page.get('entry-state').textContent).toBe('Active'));
  expect(service.callsOf('POST /api/v1/admin/allowlist/entry-2/approve')).toHaveLength(1);
});

test('an entry is ended after a question', async () => {
  entries = [entry()];
  service.on('DELETE /api/v1/admin/allowlist/entry-1', () => {
    entries = [entry({ state: 'ended', removed_at: NOW })];
    return entries[0];
  });
  const page = openAdmin(service, '#/allowlist');
  await page.click('end-entry');
  await page.submit();
  await soon(() => expect(page.get('entry-state').textContent).toBe('Ended'));
  expect(page.all('end-entry')).toEqual([]);
});
