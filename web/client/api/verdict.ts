import type { UploadApi } from './api';
import type { Clock } from '../network/clock';
import type { ApiError } from './errors';
import { waitBeforeRepeating } from './http';
import type { Credential, FileRecord, Stage } from './types';

export interface VerdictOptions {
  api: UploadApi;
  clock: Clock;
  credential?: Credential | undefined;
  signal?: AbortSignal;
  onStage?: (stage: Stage) => void;
  /** The file as `complete` returned it, for a key or grant that may not read it. */
  stored?: FileRecord;
}

/** Stages that do not change any more. */
const FINAL_STAGES: ReadonlySet<Stage> = new Set([
  'ready',
  'quarantined',
  'scan_failed',
  'aborted',
  'expired',
] as const);

/** Small files are scanned at once, large ones in minutes: the interval grows. Milliseconds. */
const FIRST_WAIT = 400;
const LONGEST_WAIT = 5_000;
const GROWTH = 1.4;
/** Milliseconds more for each other file that waits: many must not keep the service from everything else. */
const PACE = 20;

/** Files of this page that wait for their next poll. */
let waiting = 0;

/**
 * Polls the status until it is final, through temporary failures of the API. Throws the signal's reason on abort.
 * Without permission to read, returns the stored file with its verdict and without a link.
 */
export async function awaitVerdict(fileId: string, options: VerdictOptions): Promise<FileRecord> {
  const { api, clock, credential, signal, onStage, stored } = options;
  let known: FileRecord | undefined;
  for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * GROWTH)) {
    try {
      const { stage, virus_scan_status } = await api.status(fileId, credential, signal);
      onStage?.(stage);
      if (FINAL_STAGES.has(stage)) {
        known = stored && {
          ...stored,
          virus_scan_status: virus_scan_status ?? 'error',
          is_quarantined: stage === 'quarantined',
        };
        return await api.get(fileId, credential, signal);
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (known && (error as ApiError).status === 403) return known;
      if (waitBeforeRepeating(error) === false) throw error;
    }
    await clock.sleep(wait + waiting++ * PACE, signal).finally(() => waiting--);
  }
}
