import { act } from 'preact/test-utils';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../api/audit-entry';
import { FakeService, page as pageOf } from './fake-service';
import { openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const AUDIT = 'GET /api/v1/admin/audit';
const VERIFY = 'GET /api/v1/admin/audit/verification';
const entry = (change: Partial<AuditEntry> = {}): AuditEntry => ({
  sequence: 1042,
  at: '2026-01-31T12:00:00Z',
  actor: 'ann',
  key_prefix: '3f9a',
  address: '192.0.2.7',
  action: 'changed',
  target_id: 'f1',
  owner: null,
  reason: 'filename, detail',
  before: { filename: 'photo.jpg', detail: null },
  after: { filename: 'harbour.jpg', detail: { invoice: 42 } },
  request_id: 'b6f1',
  ...change,
});
const serviceWith = (items: AuditEntry[]) => new FakeService().on(AUDIT, () => pageOf(items));

test('an entry shows actor, action and file, with the values before and after', async () => {
  const page = openAdmin(serviceWith([entry()]), '#/audit');
  await page.find('audit');
  expect(page.texts('tbody th')).toEqual(['Changed']);
  expect(page.texts('td.cell-actor')).toEqual(['annkey 3f9a, from 192.0.2.7']);
  expect(page.texts('.changes li')).toEqual([
    'filename before photo.jpg → after harbour.jpg',
    'detail before nothing → after {"invoice":42}',
  ]);
  expect(page.texts('td.cell-sequence')).toEqual(['1,042']);
});

test('targets link to their own view, and to their history', async () => {
  const entries = [
    entry({ sequence: 3, action: 'decision_created', target_id: 'd1' }),
    entry({ sequence: 2, action: 'key_created', target_id: '3f9a' }),
    entry({ sequence: null, action: 'from_the_future', actor: 'scanner', before: null, after: null }),
    entry({ sequence: 1, action: 'login_refused', target_id: null }),
  ];
  const page = openAdmin(serviceWith(entries), '#/audit');
  await page.find('audit');
  expect(page.all('to-target').map((link) => link.getAttribute('href'))).toEqual([
    '#/decisions/d1',
    '#/files/f1',
  ]);
  expect(page.all('to-history').map((link) => link.getAttribute('href'))).toEqual([
    '#/audit?target_id=d1',
    '#/audit?target_id=3f9a',
    '#/audit?target_id=f1',
  ]);
  expect(page.texts('tbody th')).toContain('from the future');
  expect(page.texts('td.cell-sequence')).toContain('Not sealed yet');
});

test('the filters are in the address and go to the service; days are whole days here', async () => {
  const service = serviceWith([]);
  const page = openAdmin(service, '#/audit?actor=ann&from=2026-01-01&until=2026-01-31');
  await page.find('list-empty');
  await page.select('filter-action', 'deleted');
  await soon(() => expect(service.callsOf(AUDIT)).toHaveLength(2));
  expect(service.callsOf(AUDIT)[1]?.query).toEqual({
    limit: '50',
    actor: 'ann',
    action: 'deleted',
    created_from: new Date(2026, 0, 1).toISOString(),
    created_until: new Date(2026, 1, 1).toISOString(),
  });
});

test('with a target it is the history of a deleted file', async () => {
  const page = openAdmin(serviceWith([entry({ action: 'deleted', owner: 'ann' })]), '#/audit?target_id=f1');
  expect((await page.find('view-title')).textContent).toBe('History of f1');
  expect(page.get('all-entries').getAttribute('href')).toBe('#/audit');
});

const part = (change: object) => ({
  ...{ checked: 10_000, deleted: 500, unsealed: 0, flaws: [], is_complete: false, last: '10500:aa' },
  ...change,
});

test('the verification follows all parts, with progress, and reports every flaw', async () => {
  const service = serviceWith([entry({ sequence: null }), entry({ sequence: 12_000 })]);
  let finish: (answer: object) => void = () => undefined;
  service.on(VERIFY, ({ query }) =>
    query['after'] === undefined
      ? part({ flaws: [{ sequence: 7, problem: 'it was changed' }] })
      : new Promise((resolve) => (finish = resolve)),
  );
  const page = openAdmin(service, '#/audit');
  await page.click('verify');
  await page.fill('verify-head', '9:bb');
  await page.click('verify-start');
  await soon(() => expect(page.get('verification').querySelector('progress')?.value).toBe(10_500));
  expect(page.get('verification').querySelector('progress')?.max).toBe(12_000);
  await act(() => finish(part({ checked: 1500, last: '12000:cc', is_complete: true, unsealed: 1 })));
  await soon(() => expect(page.get('verification').dataset['state']).toBe('done'));
  expect(page.get('verify-bad').textContent).toContain('flaws: 1');
  expect(page.get('flaws').textContent).toBe('Entry 7: it was changed');
  expect(page.get('verify-last').textContent).toBe('12000:cc');
  expect(page.get('verify-result').textContent).toContain('wait for their seal: 1');
  expect(service.callsOf(VERIFY).map(({ query }) => query)).toEqual([
    { head: '9:bb' },
    { after: '10500:aa', head: '9:bb' },
  ]);
});

test('a verification can be stopped, and a failed one has its reason', async () => {
  const service = serviceWith([entry()]).on(VERIFY, () => new Promise(() => undefined));
  const page = openAdmin(service, '#/audit');
  await page.click('verify');
  await page.click('verify-start');
  await page.click('verify-stop');
  expect(page.get('verify-result').textContent).toBe('Stopped. Entries checked: 0.');
  service.isOnline = false;
  await page.click('verify-start');
  await soon(() => expect(page.get('verification').dataset['state']).toBe('failed'));
  expect(page.get('verification').textContent).toContain("Can't reach Longshore");
});

test('an unchanged log', async () => {
  const service = serviceWith([entry()]).on(VERIFY, () =>
    part({ checked: 3, is_complete: true, deleted: 0 }),
  );
  const page = openAdmin(service, '#/audit');
  await page.click('verify');
  await page.click('verify-start');
  expect((await page.find('verify-good')).textContent).toContain('removed (checked: 3)');
});
