import type { FileRecord, UploadEvents } from '../../client/index';
import { messages } from '../messages/index';

/** What a row says about its file, from the choice on the disk to the verdict. */
export type RowState = keyof typeof messages.states;

/** Only what passes: a final stage is not shown before the file itself has said its verdict. */
const STATE_OF_STAGE: Partial<Record<UploadEvents['stage'], RowState>> = {
  waiting: 'waiting',
  comparing: 'comparing',
  offline: 'offline',
  paused: 'paused',
  uploading: 'uploading',
  completing: 'completing',
  queued: 'queued',
  scanning: 'scanning',
};

const UNSETTLED: ReadonlySet<RowState> = new Set<RowState>([
  'waiting',
  'comparing',
  'uploading',
  'offline',
  'paused',
  'completing',
  'queued',
  'scanning',
]);
const TRAVELLING: ReadonlySet<RowState> = new Set<RowState>([
  'waiting',
  'comparing',
  'uploading',
  'offline',
  'paused',
]);
const DOWNLOADABLE: ReadonlySet<RowState> = new Set<RowState>(['clean', 'unscanned', 'unscannable']);

export function stateOfFile(file: FileRecord): RowState {
  switch (file.virus_scan_status) {
    case 'pending':
      return 'queued';
    case 'unscannable':
      return file.is_quarantined ? 'held' : 'unscannable';
    case 'error':
      return file.is_quarantined ? 'replaced' : 'scan-failed';
    case 'disabled':
      return 'unscanned';
    default:
      return file.virus_scan_status;
  }
}

export const stateOfStage = (stage: UploadEvents['stage']): RowState | undefined => STATE_OF_STAGE[stage];
/** Something still happens to it by itself. */
export const isUnsettled = (state: RowState): boolean => UNSETTLED.has(state);
/** Its bytes are on their way, or will be. */
export const isTravelling = (state: RowState): boolean => TRAVELLING.has(state);
export const isDownloadable = (state: RowState): boolean => DOWNLOADABLE.has(state);

/** The sentence below a row that needs explaining; '' where the state speaks for itself. */
export function explain(state: RowState, file: FileRecord | null): string {
  const { notes } = messages;
  switch (state) {
    case 'infected':
      return notes.infected(file?.virus_scan_result ?? file?.quarantine_reason ?? '');
    case 'held':
      return notes.held(unreadBecause(file));
    case 'unscannable':
      return notes.unscannable(unreadBecause(file));
    case 'scan-failed':
    case 'replaced':
      return notes[state];
    default:
      return '';
  }
}

/** Why the scanner has no word for it: the service's result begins with the kind of reason, `encrypted: …`. */
function unreadBecause(file: FileRecord | null): string {
  const { unread } = messages.notes;
  const kind = file?.virus_scan_result?.split(':')[0] ?? 'other';
  return Object.hasOwn(unread, kind) ? unread[kind as keyof typeof unread] : unread.other;
}
