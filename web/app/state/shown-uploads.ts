import { isUnsettled } from './file-state';
import type { UploadEntry } from './uploads';

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
 * Chooses `limit` uploads: those under way, then those that failed or need a look, then the next ones, then the newest of
 * the others. They keep their order.
 */
export function shownUploads(entries: readonly UploadEntry[], limit: number): ShownUploads {
  if (entries.length <= limit) return { rows: entries, hidden: 0, hiddenWaiting: 0 };
  const groups: UploadEntry[][] = [[], [], [], []];
  for (const entry of entries) groups[rank(entry)]?.push(entry);
  groups[WAITING]?.sort((a, b) => a.key - b.key);
  const shown = new Set(groups.flat().slice(0, limit));
  const hidden = entries.filter((entry) => !shown.has(entry));
  return {
    rows: entries.filter((entry) => shown.has(entry)),
    hidden: hidden.length,
    hiddenWaiting: hidden.filter(({ state }) => state === 'waiting').length,
  };
}

function rank({ state }: UploadEntry): number {
  if (state === 'waiting') return WAITING;
  if (isUnsettled(state)) return 0;
  return FINE.has(state) ? 3 : 1;
}
