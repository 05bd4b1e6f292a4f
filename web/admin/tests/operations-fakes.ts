import type { Overview, Queue, Worker, Workers } from '../api/operations';
import type { Usage } from '../api/usage';
import { FakeService, page as pageOf } from './fake-service';

/** A time before now. */
export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

export const overviewOf = (change: Partial<Overview> = {}): Overview => ({
  dependencies: { database: 'ok', storage: 'ok', redis: 'ok', scanner: 'ok' },
  scanner: {
    status: 'ok',
    engine: 'ClamAV 1.4.3',
    signatures: '27654, Fri Jan 30 09:36:12 2026',
    signatures_at: ago(3600),
    advice: [],
  },
  storage_safety: { checked_at: ago(60), let_through: { public: [], direct: [] } },
  sweep: { ended_at: ago(20), errors: [], expired_uploads: 2, rescans: 0, orphan_bytes: 3000 },
  errors: [],
  dashboard_url: null,
  unreachable: [],
  ...change,
});

export const workerOf = (change: Partial<Worker> = {}): Worker => ({
  name: 'worker-1.7c0e.worker-0',
  host: 'worker-1',
  pid: 17,
  state: 'idle',
  queues: ['scan', 'rescan', 'sweep', 'webhook'],
  job: null,
  last_heartbeat: ago(5),
  started_at: ago(7200),
  successful: 41,
  failed: 1,
  ...change,
});

const IDLE: Queue = { waiting: 0, running: 0, failed: 0, scheduled: 0, oldest_at: null };

export const workersOf = (change: Partial<Workers> = {}): Workers => ({
  workers: [workerOf()],
  queues: { scan: IDLE, rescan: IDLE, sweep: IDLE, webhook: IDLE },
  unreachable: [],
  ...change,
});

export const usageOf = (change: Partial<Usage> = {}): Usage => ({
  counted_at: ago(300),
  bytes: { clean: 5_000_000, infected: 4_000, uploading: 2_000, orphaned: 0 },
  files: { clean: 12, infected: 1 },
  uploads: { uploading: 1, completing: 0, completed: 13, aborted: 2, expired: 0 },
  subjects: [{ subject: 'ann', bytes: 5_000_000 }],
  history: [
    { day: '2026-01-29', bytes: { clean: 2_000_000 }, subjects: { ann: 2_000_000 } },
    {
      day: '2026-01-31',
      bytes: { clean: 5_000_000, infected: 4_000 },
      subjects: { ann: 4_000_000, ben: 1_000_000 },
    },
  ],
  ...change,
});

/** A service with everything that the overview asks for, and empty lists. */
export const operatedService = (): FakeService =>
  new FakeService()
    .on('GET /api/v1/admin/overview', () => overviewOf())
    .on('GET /api/v1/admin/workers', () => workersOf())
    .on('GET /api/v1/admin/usage', () => usageOf())
    .on('GET /api/v1/admin/audit', () => pageOf([]))
    .on('GET /api/v1/admin/subjects', () => pageOf([]));
