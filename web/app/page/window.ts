import { useEffect } from 'preact/hooks';
import type { Store } from '../../shared/state/store';
import type { UploadEntry } from '../uploads/upload-entry';
import { isHeld, isTransferring } from '../file/file-state';

/** Asks before the page is closed during an upload. */
export function useLeaveWarning(entries: Store<readonly UploadEntry[]>): void {
  useEffect(() => {
    const ask = (event: Event) => event.preventDefault();
    const update = () => {
      removeEventListener('beforeunload', ask);
      // only while needed: browsers do not cache a page with this listener for the back button
      if (entries.get().some(({ state }) => isTransferring(state) || isHeld(state)))
        addEventListener('beforeunload', ask);
    };
    const unsubscribe = entries.subscribe(update);
    return () => {
      unsubscribe();
      removeEventListener('beforeunload', ask);
    };
  }, [entries]);
}
