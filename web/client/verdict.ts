import type { UploadApi } from './api';
import type { Clock } from './clock';
import { waitBeforeRepeating } from './http';
import type { Credential, FileRecord, Stage } from './types';

export interface VerdictOptions {
  api: UploadApi;
  clock: Clock;
  credential?: Credential | undefined;
  signal?: AbortSignal;
  onStage?: (stage: Stage) => void;
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

/** Polls the status until it is final, through temporary failures of the API. Throws the signal's reason on abort. */
export async function awaitVerdict(fileId: string, options: VerdictOptions): Promise<FileRecord> {
  const { api, clock, credential, signal, onStage } = options;
  for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * GROWTH)) {
    try {
      const { stage } = await api.status(fileId, credential, signal);
      onStage?.(stage);
      if (FINAL_STAGES.has(stage)) return await api.get(fileId, credential, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (waitBeforeRepeating(error) === false) throw error;
    }
    await clock.sleep(wait + waiting++ * PACE, signal).finally(() => waiting--);
  }
}
