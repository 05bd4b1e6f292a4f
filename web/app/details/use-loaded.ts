import { useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  value?: T;
  problem?: unknown;
}

/** Loads a value again when `key` changes; null loads nothing. Outdated answers are dropped. */
export function useLoaded<T>(load: () => Promise<T>, key: string | null): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({});
  useEffect(() => {
    let isCurrent = true;
    setState({});
    if (key !== null)
      load().then(
        (value) => isCurrent && setState({ value }),
        (problem: unknown) => isCurrent && setState({ problem }),
      );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return state;
}
