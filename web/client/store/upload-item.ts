import type { FileRecord, Progress, UploadEvents } from '../index';

/** A stage of the engine or the service; `failed` and `cancelled` are the ends without a verdict. */
export type UploadState = UploadEvents['stage'] | 'failed' | 'cancelled';

/** One file of a list, from its selection to its verdict. An object never changes: a change makes a new one. */
export interface UploadItem {
  /** Unique in its list; a key for rows. */
  readonly id: string;
  readonly source: Blob;
  readonly name: string;
  /** The folder that it is uploaded to; null: none. */
  readonly pathName: string | null;
  /** Bytes. */
  readonly size: number;
  readonly state: UploadState;
  readonly progress: Progress;
  /** The stored file; null before it is stored. It has a verdict once the state is `ready` or `quarantined`. */
  readonly file: FileRecord | null;
  /** Why it failed. */
  readonly error: Error | null;
  /** An unfinished upload of the same name was of another file, so this one started from the beginning. */
  readonly isDifferent: boolean;
  /** It was stored before it could be cancelled. */
  readonly isTooLate: boolean;
  readonly canPause: boolean;
  readonly canResume: boolean;
  readonly canCancel: boolean;
  readonly canRetry: boolean;
}

/** The changeable part of an item; the rest follows from it. */
export type Change = Partial<
  Pick<UploadItem, 'state' | 'progress' | 'file' | 'error' | 'isDifferent' | 'isTooLate'>
>;

const PAUSABLE: ReadonlySet<string> = new Set(['waiting', 'comparing', 'uploading', 'retrying', 'offline']);
const SENDING: ReadonlySet<string> = new Set([...PAUSABLE, 'paused', 'completing']);
const SCANNING: ReadonlySet<string> = new Set(['queued', 'scanning']);
const REPEATABLE: ReadonlySet<string> = new Set(['failed', 'cancelled', 'scan_failed']);
const NO_PROGRESS = { sent: 0, speed: 0, secondsLeft: null };

/** Whether the state will change without an action of the user, or is paused. */
export const isActive = ({ state }: Pick<UploadItem, 'state'>): boolean =>
  SENDING.has(state) || SCANNING.has(state);

export function newItem(id: string, source: Blob, name: string, pathName: string | null): UploadItem {
  const { size } = source;
  const fields = { id, source, name, pathName, size, progress: { ...NO_PROGRESS, size } };
  return withRights({
    ...fields,
    state: 'waiting',
    file: null,
    error: null,
    isDifferent: false,
    isTooLate: false,
  });
}

/** Returns the changed item, or the same one if nothing differs. */
export function changedItem(item: UploadItem, change: Change): UploadItem {
  const names = Object.keys(change) as (keyof Change)[];
  if (names.every((name) => change[name] === item[name])) return item;
  const after = { ...item, ...change };
  return withRights({ ...after, progress: progressOf(after) });
}

/** Nothing moves in a state other than `uploading`, and nothing is left once the file is stored. */
function progressOf({ state, progress, size, file }: UploadItem): Progress {
  if (file) return { sent: size, size, speed: 0, secondsLeft: 0 };
  if (state === 'uploading') return progress;
  if (state === 'cancelled') return { ...NO_PROGRESS, size };
  return { ...progress, speed: 0, secondsLeft: null };
}

function withRights(item: Omit<UploadItem, 'canPause' | 'canResume' | 'canCancel' | 'canRetry'>): UploadItem {
  const { state, file } = item;
  return {
    ...item,
    canPause: PAUSABLE.has(state),
    canResume: state === 'paused',
    canCancel: SENDING.has(state) && !file,
    canRetry: REPEATABLE.has(state),
  };
}
