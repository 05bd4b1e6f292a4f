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
export function useKeepOpen(entries: readonly UploadEntry[]): void {
  const travelling = entries.some(({ state }) => isTravelling(state));
  useEffect(() => {
    if (!travelling) return;
    const ask = (event: Event) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [travelling]);
}
