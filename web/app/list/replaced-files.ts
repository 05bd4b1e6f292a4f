import { useEffect, useRef } from 'preact/hooks';
import type { FileRecord } from '../../client/index';
import type { PagedList } from '../../shared/state/paged-list';
import { useStore } from '../../shared/state/store';
import { useAppContext } from '../page/app-context';
import { isDownloadable } from '../file/file-state';

/** The service deletes a replaced file soon after the verdict of the new one. Milliseconds. */
const RELOAD_INTERVAL = 2_000;
/** After these reloads the file is taken for kept, as with a legal hold that came later. */
const MOST_RELOADS = 5;

/** Reloads the list while it contains a file that an upload of this page has replaced. */
export function useReplacedFiles(list: PagedList<FileRecord>): void {
  const { entries } = useAppContext();
  const reloads = useRef(new Map<string, number>());
  const listed = new Set(list.items.map(({ id }) => id));
  const replaced = useStore(entries).flatMap(({ state, replaces }) =>
    replaces && isDownloadable(state) && listed.has(replaces) ? [replaces] : [],
  );
  const due = replaced.filter((id) => (reloads.current.get(id) ?? 0) < MOST_RELOADS);
  useEffect(() => {
    if (due.length === 0) return;
    const timer = setTimeout(() => {
      for (const id of due) reloads.current.set(id, (reloads.current.get(id) ?? 0) + 1);
      void list.reload();
    }, RELOAD_INTERVAL);
    return () => clearTimeout(timer);
  }, [due.join(), list.items]);
}
