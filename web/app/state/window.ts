import { useEffect, useRef, useState } from 'preact/hooks';
import type { ScannerHealth } from '../api/scanner';
import type { Store } from './store';
import { useStore } from './store';
import type { UploadEntry } from './uploads';

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
  const travelling = entries.some(({ state }) => state === 'waiting' || state === 'uploading');
  useEffect(() => {
    if (!travelling) return;
    const ask = (event: Event) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [travelling]);
}

/** A file dropped beside the berth would otherwise replace the page. */
export function useNoStrayDrops(): void {
  useEffect(() => {
    const refuse = (event: Event) => event.preventDefault();
    addEventListener('dragover', refuse);
    addEventListener('drop', refuse);
    return () => {
      removeEventListener('dragover', refuse);
      removeEventListener('drop', refuse);
    };
  }, []);
}
