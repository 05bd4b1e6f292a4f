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

/** Stages after which nothing changes by itself. */
const FINAL_STAGES: ReadonlySet<Stage> = new Set([
  'ready',
  'quarantined',
  'scan_failed',
  'aborted',
  'expired',
] as const);

/** Small files are scanned in a blink, large ones in minutes: the questions come ever more rarely. Milliseconds. */
const FIRST_WAIT = 400;
const LONGEST_WAIT = 5_000;
const GROWTH = 1.4;

/** Asks for the status until it is final; passing failures of the API are waited out. Throws the signal's reason on abort. */
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
    await clock.sleep(wait, signal);
  }
}
