import { act } from 'preact/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import type { FakeService } from './fake-service';
import { Refusal } from './fake-service';
import { openAdmin } from './open';
import { ago, operatedService, overviewOf, usageOf, workerOf, workersOf } from './operations-fakes';
import { soon } from '../../client/tests/soon';

const OVERVIEW = 'GET /api/v1/admin/overview';
const WORKERS = 'GET /api/v1/admin/workers';
const USAGE = 'GET /api/v1/admin/usage';
const REDIS_DOWN = { unreachable: ['redis'] };

const open = (service: FakeService) => openAdmin(service, '#/overview');
const textOf = async (page: ReturnType<typeof open>, testId: string) => (await page.find(testId)).textContent;

const later = () =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(10_000);
  });

afterEach(() => Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true }));

test('a healthy service shows no warning', async () => {
  const page = open(operatedService());
  for (const part of ['scanner', 'storage-safety', 'sweep', 'queues', 'workers', 'stored', 'errors'])
    await page.find(part);
  for (const alarm of ['warning', 'unknown', 'unreachable', 'silent', 'no-workers'])
    expect(page.all(alarm)).toEqual([]);
  expect(page.all('states-row').map((row) => row.textContent)).toEqual([
    'Clean125 MB',
    'Infected14 kB',
    'Uploading12 kB',
    'Completed13–',
    'Aborted2–',
  ]);
  expect(page.get('sweep').textContent).toContain('Uploads expired2');
  expect(page.get('sweep').textContent).toContain('3 kB');
  expect(page.get('sweep').textContent).not.toContain('Scans repeated');
});

test('without Redis, its answers are unknown and not missing', async () => {
  const service = operatedService()
    .on(OVERVIEW, () =>
      overviewOf({
        ...REDIS_DOWN,
        dependencies: { database: 'ok', storage: 'ok', redis: 'down', scanner: 'ok' },
        errors: null,
      }),
    )
    .on(WORKERS, () => workersOf({ ...REDIS_DOWN, workers: null, queues: null }));
  const page = open(service);
  await page.find('errors');
  for (const part of ['workers', 'queues', 'errors'])
    expect(await textOf(page, part)).toContain("Unknown: can't reach Redis.");
  expect(page.all('no-workers')).toEqual([]);
  expect(page.get('dependency-redis').textContent).toContain("Can't be reached");
  expect(await textOf(page, 'unreachable')).toContain('Redis');
});

test('a service without data is not shown as unreachable', async () => {
  const service = operatedService()
    .on(OVERVIEW, () => overviewOf({ storage_safety: null, sweep: null }))
    .on(WORKERS, () => workersOf({ workers: [] }))
    .on(USAGE, () => usageOf({ counted_at: null, history: [] }));
  const page = open(service);
  expect(await textOf(page, 'no-workers')).toContain('No worker runs');
  expect(await textOf(page, 'storage-safety')).toContain('Not tried yet');
  expect(await textOf(page, 'sweep')).toContain('No sweep has ended yet');
  expect(await textOf(page, 'stored')).toContain('Not counted yet');
  await page.find('chart-empty');
  expect(page.all('unknown')).toEqual([]);
});

test('problems are listed with what to do', async () => {
  const scanner = { status: 'unsafe', engine: 'ClamAV', signatures: '1', signatures_at: ago(8 * 86_400) };
  const queue = { waiting: 3, running: 0, failed: 0, scheduled: 0, oldest_at: ago(16 * 60) };
  const service = operatedService()
    .on(OVERVIEW, () =>
      overviewOf({
        scanner: { ...scanner, advice: ['AlertExceedsMax yes'] },
        storage_safety: { checked_at: ago(60), let_through: { public: ['unsigned PUT'], direct: [] } },
        sweep: { ended_at: ago(6 * 60), errors: ['storage did not answer'] },
      }),
    )
    .on(WORKERS, () =>
      workersOf({ workers: [workerOf({ last_heartbeat: ago(76) })], queues: { scan: queue } }),
    );
  const page = open(service);
  expect(await textOf(page, 'old-signatures')).toContain('8 days ago');
  expect(page.get('scanner').textContent).toContain('AlertExceedsMax yes');
  expect(page.get('storage-safety').textContent).toContain('unsigned PUT');
  expect(page.get('late-sweep').textContent).toContain('cron');
  expect(page.get('sweep-errors').textContent).toBe('storage did not answer');
  await page.find('silent');
  expect(page.get('queues').textContent).toContain('16 minutes ago · Waiting too long');
});

test('a worker links to its file, and to its job in rq-dashboard', async () => {
  const job = {
    id: 'scan-a/b',
    kind: 'scan',
    file_id: 'f-1',
    filename: 'plan.pdf',
    started_at: ago(3),
  } as const;
  const service = operatedService()
    .on(OVERVIEW, () => overviewOf({ dashboard_url: 'https://localhost:9445/' }))
    .on(WORKERS, () => workersOf({ workers: [workerOf({ state: 'busy', job })] }));
  const page = open(service);
  const links = [...(await page.find('works-on')).querySelectorAll('a')].map((link) =>
    link.getAttribute('href'),
  );
  expect(links).toEqual(['#/files/f-1', 'https://localhost:9445/0/view/job/scan-a%2Fb']);
});

test('the newest errors come first, and a button shows all', async () => {
  const errors = Array.from({ length: 9 }, (_, at) => ({
    at: ago(at),
    process: 'worker worker-1 17',
    event: `event_${at}`,
    message: '<b>not markup</b>',
    request_id: 'b6f1',
  }));
  const page = open(operatedService().on(OVERVIEW, () => overviewOf({ errors })));
  await page.find('errors-table');
  expect(page.all('errors-table-row')).toHaveLength(5);
  expect(page.get('errors-table-row').textContent).toContain('<b>not markup</b>');
  await page.click('all-errors');
  expect(page.all('errors-table-row')).toHaveLength(9);
});

test('a failure keeps the last state, as out of date', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const service = operatedService();
  const page = open(service);
  await page.find('scanner');
  service.on(OVERVIEW, () => {
    throw new Refusal(503, 'database_unavailable', 'The database is down.');
  });
  await later();
  expect(await textOf(page, 'outdated')).toContain('The database is down.');
  page.get('scanner');
});

test('if every answer fails, one message is enough', async () => {
  const service = operatedService();
  for (const endpoint of [OVERVIEW, WORKERS, USAGE])
    service.on(endpoint, () => {
      throw new Refusal(503, 'database_unavailable');
    });
  const page = open(service);
  await soon(() => {
    for (const endpoint of [OVERVIEW, WORKERS, USAGE]) expect(service.callsOf(endpoint)).toHaveLength(1);
    expect(page.all('loading')).toEqual([]);
  });
  expect(page.all('list-failed')).toHaveLength(1);
  service.on(OVERVIEW, () => overviewOf());
  await page.click('list-retry');
  await page.find('scanner');
  expect(page.all('list-failed')).toHaveLength(2);
});

test('the view refreshes, except in a hidden tab and while paused', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const service = operatedService();
  const page = open(service);
  await page.find('scanner');
  const count = () => service.callsOf(OVERVIEW).length;
  const show = (value: string) =>
    act(async () => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      await vi.advanceTimersByTimeAsync(1);
    });
  await later();
  expect(count()).toBe(2);
  await show('hidden');
  await later();
  expect(count()).toBe(2);
  await show('visible');
  expect(count()).toBe(3);
  await page.click('pause-updates');
  await later();
  expect(count()).toBe(3);
});
