import { useEffect, useRef, useState } from 'preact/hooks';
import { useAdminContext } from './admin-context';
import { useRepeated } from './list';

/**
 * Repeats `action` every `interval` milliseconds while `isActive`: not in a hidden tab, and not before the last one has
 * ended. A tab that is shown again repeats it at once.
 */
export function useRefreshed(action: () => Promise<void>, interval: number, isActive: boolean): void {
  const running = useRef(false);
  const once = async () => {
    if (running.current) return;
    running.current = true;
    await action().finally(() => (running.current = false));
  };
  const latest = useRef(once);
  latest.current = once;
  useRepeated(() => latest.current(), interval, isActive);
  useEffect(() => {
    if (!isActive) return;
    const onChange = () => {
      if (document.visibilityState === 'visible') void latest.current();
    };
    document.addEventListener('visibilitychange', onChange);
    return () => document.removeEventListener('visibilitychange', onChange);
  }, [isActive]);
}

/** Returns the service's time in milliseconds: ages need no correct clock of this computer. */
export function useServiceTime(): number {
  const { http } = useAdminContext();
  return Date.now() + http.clockSkew;
}

/** Whether the view is refreshed, and a function that changes it. */
export function usePause(): [isPaused: boolean, toggle: () => void] {
  const [isPaused, setPaused] = useState(false);
  return [isPaused, () => setPaused(!isPaused)];
}
