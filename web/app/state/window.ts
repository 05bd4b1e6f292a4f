import { useEffect, useRef, useState } from 'preact/hooks';
import type { ScannerHealth } from '../api/scanner';
import type { Store } from './store';
import { useStore } from './store';
import type { UploadEntry } from './uploads';
import { isTransferring } from './file-state';

/** Counts how often the service was reachable again after it was not. */
export function useReconnectCount(monitor: Store<ScannerHealth>): number {
  const health = useStore(monitor);
  const wasUnreachable = useRef(false);
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (wasUnreachable.current && health !== 'unreachable') setCount((before) => before + 1);
    wasUnreachable.current = health === 'unreachable';
  }, [health]);
  return count;
}

/** Asks before the page is closed during an upload. */
export function useLeaveWarning(queue: Store<readonly UploadEntry[]>): void {
  useEffect(() => {
    const ask = (event: Event) => event.preventDefault();
    const update = () => {
      removeEventListener('beforeunload', ask);
      // only while needed: browsers do not cache a page with this listener for the back button
      if (queue.get().some(({ state }) => isTransferring(state))) addEventListener('beforeunload', ask);
    };
    const unsubscribe = queue.subscribe(update);
    return () => {
      unsubscribe();
      removeEventListener('beforeunload', ask);
    };
  }, [queue]);
}
