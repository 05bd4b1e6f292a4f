import { useEffect } from 'preact/hooks';

/** The parts of navigator.wakeLock; missing in some browsers and outside of secure contexts, in spite of the types. */
type WakeLocks = Pick<WakeLock, 'request'> | undefined;

/** Phones and tablets: other screens may sleep during an upload. */
const isPhone = (): boolean => matchMedia('(pointer: coarse)').matches;

/** Keeps the screen on while `isActive`, on phones: when it turns off, they stop uploads. */
export function useWakeLock(isActive: boolean): void {
  useEffect(() => {
    if (isActive && isPhone()) return keepScreenOn((navigator as { wakeLock?: WakeLocks }).wakeLock);
  }, [isActive]);
}

/**
 * Keeps the screen on until the returned function is called. The browser ends the lock whenever the page is hidden, so it
 * is taken again when the page is visible. A refusal, as with a low battery, changes nothing.
 */
export function keepScreenOn(locks: WakeLocks): () => void {
  let lock: Promise<WakeLockSentinel | undefined> | undefined;
  const take = () => {
    if (document.visibilityState === 'visible') lock = locks?.request('screen').catch(() => undefined);
  };
  take();
  document.addEventListener('visibilitychange', take);
  return () => {
    document.removeEventListener('visibilitychange', take);
    void lock?.then((taken) => taken?.release());
  };
}
