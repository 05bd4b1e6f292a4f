import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { HttpClient } from '../../client/index';
import type { Page, PageRequest } from '../../shared/api/pages';
import { type PagedList, usePagedList } from '../../shared/state/paged-list';
import { useReconnectCount } from '../../shared/state/reconnect';
import { useAdminContext } from './admin-context';

/**
 * A list of the API that is loaded page by page. It is loaded again when one of `inputs` changes, and when the service
 * can be reached again. The items of earlier inputs are shown until then, but not if that fails.
 */
export function useList<T>(
  load: (http: HttpClient, page: PageRequest) => Promise<Page<T>>,
  inputs: readonly unknown[],
): PagedList<T> {
  const { http, health } = useAdminContext();
  const reconnects = useReconnectCount(health);
  const list = usePagedList<T>(
    useCallback((page) => load(http, page), [http, reconnects, ...inputs]),
    useCallback(() => void health.check(), [health]),
  );
  const key = JSON.stringify(inputs);
  const keyOfItems = useRef(key);
  useEffect(() => {
    keyOfItems.current = key; // items change only when they have been loaded
  }, [list.items]);
  const isOfOthers = list.status === 'failed' && keyOfItems.current !== key;
  return isOfOthers ? { ...list, items: [], cursor: null } : list;
}

/** Repeats `action` every `interval` milliseconds while `isActive`, but not in a hidden tab. */
export function useRepeated(action: () => unknown, interval: number, isActive = true): void {
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => {
    if (!isActive) return;
    const timer = setInterval(() => {
      if (document.visibilityState !== 'hidden') latest.current();
    }, interval);
    return () => clearInterval(timer);
  }, [interval, isActive]);
}
