import { useEffect, useRef, useState } from 'preact/hooks';
import type { ScannerHealth } from '../api/scanner';
import type { Store } from './store';
import { useStore } from './store';
import type { UploadEntry } from './uploads';
import { isTravelling } from './file-state';

/** How often the service has come back after it was not there. */
export function useRecoveries(watch: Store<ScannerHealth>): number {
  const health = useStore(watch);
  const wasAway = useRef(false);
  const [recoveries, setRecoveries] = useState(0);
  useEffect(() => {
    if (wasAway.current && health !== 'unreachable') setRecoveries((count) => count + 1);
    wasAway.current = health === 'unreachable';
  }, [health]);
  return recoveries;
}

/** Closing the page while bytes travel is asked about first. */
export function useKeepOpen(queue: Store<readonly UploadEntry[]>): void {
  useEffect(() => {
    const ask = (event: Event) => event.preventDefault();
    const listen = () => {
      removeEventListener('beforeunload', ask);
      // not always: a page that listens is not kept for the way back
      if (queue.get().some(({ state }) => isTravelling(state))) addEventListener('beforeunload', ask);
    };
    const leave = queue.subscribe(listen);
    return () => {
      leave();
      removeEventListener('beforeunload', ask);
    };
  }, [queue]);
}
