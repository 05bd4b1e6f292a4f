import { isUnsettled } from '../file/file-state';
import type { UploadEntry } from './upload-entry';

/** Uploads that are listed at first: rows for thousands of files would make every change slow. */
export const SHOWN_UPLOADS = 100;

const WAITING = 2;
const FINE: ReadonlySet<UploadEntry['state']> = new Set(['clean', 'unscanned', 'released']);

export interface ShownUploads {
  rows: readonly UploadEntry[];
  /** Uploads without a row, and how many of those wait for their turn. */
  hidden: number;
  hiddenWaiting: number;
}

/**
 * Chooses `limit` uploads and orders them: those under way, those that failed or wait for a decision, the next ones, and
 * the others, the newest first.
 */
export function shownUploads(entries: readonly UploadEntry[], limit: number): ShownUploads {
  const groups: UploadEntry[][] = [[], [], [], []];
  for (const entry of entries) groups[rank(entry)]?.push(entry);
  groups[WAITING]?.sort((a, b) => a.key - b.key);
  const ordered = groups.flat();
  const hidden = ordered.slice(limit);
  return {
    rows: ordered.slice(0, limit),
    hidden: hidden.length,
    hiddenWaiting: hidden.filter(({ state }) => state === 'waiting').length,
  };
}

function rank({ state }: UploadEntry): number {
  if (state === 'waiting') return WAITING;
  if (isUnsettled(state)) return 0;
  return FINE.has(state) ? 3 : 1;
}
