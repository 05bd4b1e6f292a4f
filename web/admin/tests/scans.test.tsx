import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import type { Scan } from '../api/scans';
import { FakeService } from './fake-service';
import { openAdmin } from './open';
import { ago, overviewOf } from './operations-fakes';
import { soon } from '../../client/tests/soon';

const SCANS = 'GET /api/v1/admin/scans';
const scan = (change: Partial<Scan> = {}): Scan => ({
  file_id: 'f1',
  filename: 'plan.pdf',
  owner: 'ann',
  size: 3000,
  virus_scan_status: 'error',
  state: 'failed',
  scan_attempts: 8,
  scan_due_at: null,
  last_error: 'The scanner is unavailable.',
  job: {
    id: 'scan-f1',
    status: 'finished',
    enqueued_at: null,
    started_at: null,
    ended_at: null,
    attempts: 8,
    last_error: null,
  },
  ...change,
});

function serviceWith(items: Scan[], unreachable: string[] = []): FakeService {
  return new FakeService()
    .on(SCANS, () => ({ items, next_cursor: null, unreachable }))
    .on('GET /api/v1/admin/overview', () => overviewOf({ dashboard_url: 'https://rq.example' }));
}

test('attempts, next attempt, last error, and the job with its link', async () => {
  const waiting = scan({ state: 'waiting', scan_due_at: ago(-7200), scan_attempts: 2, last_error: null });
  const due = scan({ file_id: 'f3', state: 'waiting', scan_due_at: ago(1) });
  const page = openAdmin(serviceWith([scan(), { ...waiting, file_id: 'f2', job: null }, due]), '#/scans');
  await page.find('job-link');
  expect(page.texts('.cell-state [data-testid]')).toEqual(['Failed', 'Waiting', 'Waiting']);
  expect(page.texts('td.cell-attempts')).toEqual(['8', '2', '8']);
  expect(page.texts('td.cell-due')).toEqual(['None', 'in 2 hours', 'Now']);
  expect(page.texts('td.cell-error')).toEqual([
    'The scanner is unavailable.',
    '–',
    'The scanner is unavailable.',
  ]);
  expect(page.texts('td.cell-job')).toEqual(['EndedJob', 'None', 'EndedJob']);
  expect(page.get('job-link').getAttribute('href')).toBe('https://rq.example/0/view/job/scan-f1');
  expect(page.get('file-link').getAttribute('href')).toBe('#/files/f1');
});

test('without Redis a job is unknown, and not missing', async () => {
  const page = openAdmin(serviceWith([scan({ job: null })], ['redis']), '#/scans');
  await page.find('unreachable');
  expect(page.texts('td.cell-job')).toEqual(['Unknown']);
});

test('a state is in the address and is sent to the service', async () => {
  const service = serviceWith([]);
  const page = openAdmin(service, '#/scans');
  expect((await page.find('list-empty')).textContent).toContain('No scans are running');
  await page.select('filter-state', 'failed');
  await soon(() => expect(page.get('list-empty').textContent).toBe('No scans in this state'));
  expect(location.hash).toBe('#/scans?state=failed');
  expect(service.callsOf(SCANS).map(({ query }) => query['state'])).toEqual([undefined, 'failed']);
});

test('all failed scans are repeated after a count, with progress to the end', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const decision = {
    ...{ decision_id: 'd1', action: 'rescan', state: 'running', reason: null, file_ids: null },
    ...{ filter: { virus_scan_status: 'error' }, matched: 3, is_exact: true, done: 1, skipped: 0, failed: 0 },
    ...{ reasons: [], problem: null, created_by: 'olivia', created_at: ago(0), approved_by: null },
    ...{ approved_at: null, ended_at: null },
  };
  const service = serviceWith([scan()])
    .on('POST /api/v1/admin/decisions', () => decision)
    .on('GET /api/v1/admin/decisions/d1', () => ({ ...decision, state: 'done', done: 2, skipped: 1 }));
  const page = openAdmin(service, '#/scans');
  await page.click('repeat-failed');
  await soon(() => expect(page.get('matched').textContent).toContain('3 files'));
  await page.submit();
  expect((await page.find('decision')).dataset['state']).toBe('running');
  await act(async () => {
    await vi.advanceTimersByTimeAsync(2000);
  });
  await soon(() => expect(page.get('decision').dataset['state']).toBe('done'));
  expect(page.get('decision-figures').textContent).toBe('2 decided1 skipped');
  const [count, decided] = service.callsOf('POST /api/v1/admin/decisions').map(({ body }) => body);
  expect(count).toMatchObject({ dry_run: true, filter: { virus_scan_status: 'error' } });
  expect(decided).toEqual({ action: 'rescan', filter: { virus_scan_status: 'error' } });
});
