import type { HttpClient, VirusScanStatus } from '../../client/index';
import { type Page, type PageRequest, pageQuery } from '../../shared/api/pages';
import { ask } from './calls';
import type { JobView } from './files';

export const SCAN_STATES = ['running', 'waiting', 'failed'] as const;
export type ScanState = (typeof SCAN_STATES)[number];

/** A file whose scan has not ended with a verdict. */
export interface Scan {
  file_id: string;
  filename: string;
  owner: string | null;
  size: number;
  virus_scan_status: VirusScanStatus;
  state: ScanState;
  scan_attempts: number;
  /** When the next attempt is due at the latest. */
  scan_due_at: string | null;
  last_error: string | null;
  job: JobView | null;
}

/** Without Redis, every `job` is null and unknown. */
export interface ScanPage extends Page<Scan> {
  unreachable: string[];
}

export const listScans = (
  http: HttpClient,
  state: string | undefined,
  page: PageRequest,
): Promise<ScanPage> => ask(http, `/scans?${pageQuery(page, { state })}`);
