import { useEffect, useRef, useState } from 'preact/hooks';
import type { ScannerHealth } from '../api/scanner';
import type { Store } from './store';
import { useStore } from './store';

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
