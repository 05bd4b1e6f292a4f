import type { FileRecord, Progress, Upload, UploadEvents } from '../client/index';
import type { Messages } from './messages';

/** What a row shows: a stage of the upload, or its outcome. */
export type EntryState = keyof Messages['stages'];

/** One chosen file. */
export interface Entry {
  /** Undefined for a file of a form that the browser restored. */
  file?: File | undefined;
  name: string;
  state: EntryState;
  progress?: Progress | undefined;
  record?: Pick<FileRecord, 'id' | 'filename'> | undefined;
  error?: Error | undefined;
  upload?: Upload | undefined;
}

/** When a file counts for the form: once it has a verdict that allows it, or once it is stored. */
export type Until = 'clean' | 'stored';

/** Whether the form can be sent with the file, cannot yet, or cannot at all. */
export type Outcome = 'accepted' | 'pending' | 'refused';

const REFUSED: ReadonlySet<EntryState> = new Set<EntryState>(['infected', 'blocked', 'unscanned', 'failed']);

export function outcomeOf({ state, record }: Entry, until: Until): Outcome {
  if (REFUSED.has(state)) return 'refused';
  return state === 'accepted' || (until === 'stored' && record) ? 'accepted' : 'pending';
}

/** The state after the verdict. */
export function stateOfFile({ virus_scan_status, is_quarantined }: FileRecord): EntryState {
  if (virus_scan_status === 'infected') return 'infected';
  if (virus_scan_status === 'blocked') return 'blocked';
  return is_quarantined || virus_scan_status === 'error' ? 'unscanned' : 'accepted';
}

const SHOWN: Partial<Record<UploadEvents['stage'], EntryState>> = {
  waiting: 'waiting',
  comparing: 'comparing',
  uploading: 'uploading',
  offline: 'offline',
  retrying: 'retrying',
  paused: 'paused',
  completing: 'completing',
  queued: 'queued',
  scanning: 'scanning',
};

/** The state of a stage; undefined for final stages, since the verdict follows. */
export const stateOfStage = (stage: UploadEvents['stage']): EntryState | undefined => SHOWN[stage];

export interface Problem {
  flags: ValidityStateFlags;
  message: string;
}

/** Why the form cannot be sent with these files; null if it can. */
export function problemOf(
  entries: readonly Entry[],
  { required, until }: { required: boolean; until: Until },
  messages: Messages,
): Problem | null {
  const first = (outcome: Outcome) => entries.find((entry) => outcomeOf(entry, until) === outcome);
  const [refused, pending] = [first('refused'), first('pending')];
  if (refused) return { flags: { customError: true }, message: messages.refused(refused.name) };
  if (pending) return { flags: { customError: true }, message: messages.pending(pending.name) };
  if (required && entries.length === 0) return { flags: { valueMissing: true }, message: messages.missing };
  return null;
}
