import { useEffect, useState } from 'preact/hooks';

/** A search starts this long after the last key. Milliseconds. */
export const DEBOUNCE_TIME = 250;

/** Returns the value once it has not changed for DEBOUNCE_TIME; an empty one at once. */
export function useDebounced(value: string): string {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), value === '' ? 0 : DEBOUNCE_TIME);
    return () => clearTimeout(timer);
  }, [value]);
  return debounced;
}
