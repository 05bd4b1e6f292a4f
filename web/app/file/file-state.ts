import type { FileRecord, UploadEvents } from '../../client/index';
import { messages } from '../messages/index';

/** The state that a row shows, from the selection of the file to its verdict. */
export type RowState = keyof typeof messages.status;

/** Final stages are left out: the row waits for the file record, which contains the verdict. */
const STATE_OF_STAGE: Partial<Record<UploadEvents['stage'], RowState>> = {
  waiting: 'waiting',
  comparing: 'comparing',
  offline: 'offline',
  retrying: 'retrying',
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
  'retrying',
  'paused',
  'completing',
  'queued',
  'scanning',
]);
const TRANSFERRING: ReadonlySet<RowState> = new Set<RowState>([
  'waiting',
  'comparing',
  'uploading',
  'offline',
  'retrying',
  'paused',
]);
const STOPPED: ReadonlySet<RowState> = new Set<RowState>(['offline', 'retrying', 'paused']);
const HELD: ReadonlySet<RowState> = new Set<RowState>(['needs-choice', 'needs-password']);
const DOWNLOADABLE: ReadonlySet<RowState> = new Set<RowState>([
  'clean',
  'unscanned',
  'unscannable',
  'released',
]);

export function stateOfFile(file: FileRecord): RowState {
  switch (file.virus_scan_status) {
    case 'pending':
      return 'queued';
    case 'unscannable':
      return file.is_quarantined ? 'blocked' : 'unscannable';
    case 'error':
      return file.is_quarantined ? 'replaced' : 'scan-failed';
    case 'disabled':
      return 'unscanned';
    default:
      return file.virus_scan_status;
  }
}

export const stateOfStage = (stage: UploadEvents['stage']): RowState | undefined => STATE_OF_STAGE[stage];
/** Whether the state will change without an action of the user. */
export const isUnsettled = (state: RowState): boolean => UNSETTLED.has(state);
/** Whether bytes are being sent, or are still missing. */
export const isTransferring = (state: RowState): boolean => TRANSFERRING.has(state);
/** Whether bytes could be sent, but none are moving at the moment. */
export const isStopped = (state: RowState): boolean => STOPPED.has(state);
/** Whether the file waits for the user's decision before anything is sent. */
export const isHeld = (state: RowState): boolean => HELD.has(state);
export const isDownloadable = (state: RowState): boolean => DOWNLOADABLE.has(state);

/** Returns the sentence that explains a state below its row, or '' for states that need none. */
export function explain(state: RowState, file: FileRecord | null): string {
  const { notes } = messages;
  switch (state) {
    case 'infected':
      return notes.infected(file?.virus_scan_result ?? file?.quarantine_reason ?? '');
    case 'blocked':
      return notes.blocked(
        file?.virus_scan_status === 'blocked' ? blockedReason(file) : unscannedReason(file),
      );
    case 'unscannable':
      return notes.unscannable(unscannedReason(file));
    case 'scan-failed':
    case 'replaced':
      return notes[state];
    default:
      return '';
  }
}

/** Why the file is blocked: the service's result begins with the rule, as in `type_mismatch: …`. */
function blockedReason(file: FileRecord): string {
  const { blockedReasons } = messages.notes;
  return file.virus_scan_result?.startsWith('type_mismatch')
    ? blockedReasons.type_mismatch
    : blockedReasons.other;
}

/** Why the file couldn't be scanned: the service's result begins with the kind of reason, as in `encrypted: …`. */
function unscannedReason(file: FileRecord | null): string {
  const { unscannedReasons } = messages.notes;
  const kind = file?.virus_scan_result?.split(':')[0] ?? 'other';
  return Object.hasOwn(unscannedReasons, kind)
    ? unscannedReasons[kind as keyof typeof unscannedReasons]
    : unscannedReasons.other;
}
