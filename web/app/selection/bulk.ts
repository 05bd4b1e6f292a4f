import type { FileRecord } from '../../client/index';
import { isDownloadable, type RowState, stateOfFile } from '../file/file-state';

/** What can be done with several files at once. */
export const BULK_ACTIONS = ['zip', 'move', 'links', 'scanAgain', 'delete'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** The files that an action is for, and those that it leaves out because of their state. */
export interface BulkPlan {
  action: BulkAction;
  files: readonly FileRecord[];
  leftOut: readonly FileRecord[];
}

export interface BulkFailure {
  file: FileRecord;
  error: unknown;
}

/** A warning about a file would not be seen in an archive, so files with one are left out. */
const ZIPPABLE: ReadonlySet<RowState> = new Set<RowState>(['clean', 'unscanned']);

const APPLIES: Record<BulkAction, (state: RowState) => boolean> = {
  zip: (state) => ZIPPABLE.has(state),
  move: () => true,
  links: isDownloadable,
  scanAgain: (state) => state === 'scan-failed',
  delete: () => true,
};

export function planBulk(action: BulkAction, chosen: readonly FileRecord[]): BulkPlan {
  const applies = (file: FileRecord) => APPLIES[action](stateOfFile(file));
  return { action, files: chosen.filter(applies), leftOut: chosen.filter((file) => !applies(file)) };
}

/** Whether the user has to enter something, or to know what is left out, before the action. */
export function needsDialog({ action, files, leftOut }: BulkPlan): boolean {
  return (
    action === 'move' ||
    action === 'links' ||
    leftOut.length > 0 ||
    files.some(({ is_private }) => is_private)
  );
}
