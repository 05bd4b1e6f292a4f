import type { HttpClient } from '../../client/index';
import { ask } from './calls';

/** The scanner and its signatures. */
export interface ScannerState {
  /** `ok`, `off`, or `unsafe`: its settings let files pass without a scan. */
  status: string;
  engine: string | null;
  signatures: string | null;
  /** Null if the signatures have no date. */
  signatures_at: string | null;
  advice: string[];
}

/** The last attacks on storage: those that it did not refuse, by address. */
export interface SafetyState {
  checked_at: string;
  let_through: Record<string, string[]>;
}

/** The last sweep: its time, the steps that failed, and its counts by name. */
export interface Sweep {
  ended_at: string;
  errors: string[];
  [count: string]: string | string[] | number;
}

/** A line of the level ERROR in the log of a process. */
export interface LoggedError {
  at: string;
  process: string;
  event: string;
  message: string;
  request_id: string | null;
}

/** The state of the service. What is null is unknown if `unreachable` names its part, else there is none. */
export interface Overview {
  dependencies: Record<string, string>;
  scanner: ScannerState | null;
  storage_safety: SafetyState | null;
  sweep: Sweep | null;
  errors: LoggedError[] | null;
  dashboard_url: string | null;
  unreachable: string[];
}

export interface WorkerJob {
  id: string;
  /** Null for a job that is not one of the service. */
  kind: 'scan' | 'sweep' | 'deliver' | null;
  file_id: string | null;
  filename: string | null;
  started_at: string | null;
}

export interface Worker {
  name: string;
  host: string;
  pid: number;
  /** RQ's word: `idle`, `busy`, … */
  state: string;
  queues: string[];
  job: WorkerJob | null;
  last_heartbeat: string | null;
  started_at: string | null;
  successful: number;
  failed: number;
}

export interface Queue {
  waiting: number;
  running: number;
  failed: number;
  scheduled: number;
  oldest_at: string | null;
}

/** Null without Redis. */
export interface Workers {
  workers: Worker[] | null;
  queues: Record<string, Queue> | null;
  unreachable: string[];
}

export const getOverview = (http: HttpClient): Promise<Overview> => ask(http, '/overview');

export const getWorkers = (http: HttpClient): Promise<Workers> => ask(http, '/workers');

/** Returns the address of a job in rq-dashboard. */
export const jobAddress = (dashboard: string, jobId: string): string =>
  `${dashboard.replace(/\/+$/, '')}/0/view/job/${encodeURIComponent(jobId)}`;
