import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { HttpClient } from '../../client/index';
import { useReconnectCount } from '../../shared/state/reconnect';
import { useAdminContext } from './admin-context';

/** One answer of the API. After a failure, `value` is the last known one. */
export interface Answer<T> {
  value: T | undefined;
  status: 'loading' | 'ready' | 'failed';
  /** Why it failed. */
  problem?: unknown;
  reload: () => Promise<void>;
  /** Shows a newer value, for example the answer of a change. */
  set: (value: T) => void;
}

/** Asks the API once, again when one of `inputs` changes, and when the service can be reached again. */
export function useAnswer<T>(load: (http: HttpClient) => Promise<T>, inputs: readonly unknown[]): Answer<T> {
  const { http, health } = useAdminContext();
  const reconnects = useReconnectCount(health);
  const [state, setState] = useState<Omit<Answer<T>, 'reload' | 'set'>>({
    value: undefined,
    status: 'loading',
  });
  const requestId = useRef(0);
  const reload = useCallback(async () => {
    requestId.current += 1;
    const id = requestId.current;
    try {
      const value = await load(http);
      if (id === requestId.current) setState({ value, status: 'ready' });
    } catch (problem) {
      if (id === requestId.current) setState((before) => ({ ...before, status: 'failed', problem }));
    }
  }, [http, reconnects, ...inputs]);
  useEffect(() => void reload(), [reload]);
  const set = (value: T) => {
    requestId.current += 1;
    setState({ value, status: 'ready' });
  };
  return { ...state, reload, set };
}
