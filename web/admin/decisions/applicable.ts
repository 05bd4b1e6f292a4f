import type { Action } from '../api/decisions';
import type { AdminFile } from '../api/files';

const RELEASABLE = ['infected', 'unscannable', 'blocked', 'error'];
const UNDECIDED = ['pending', 'scanning'];

/** Which actions apply to a file (docs/decisions.md). The service decides: it skips a file to which one does not. */
const APPLIES: Record<Action, (file: AdminFile) => boolean> = {
  rescan: ({ virus_scan_status }) => !UNDECIDED.includes(virus_scan_status),
  release: ({ virus_scan_status }) => RELEASABLE.includes(virus_scan_status),
  block: ({ virus_scan_status }) => virus_scan_status !== 'blocked',
  delete: ({ legal_hold }) => !legal_hold,
};

/** Returns the actions that apply to a file. */
export const actionsFor = (file: AdminFile): Action[] =>
  (Object.keys(APPLIES) as Action[]).filter((action) => APPLIES[action](file));
