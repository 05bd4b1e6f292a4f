import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { MAX_PAGE_SIZE, type Page, PAGE_SIZE, type PageRequest } from '../api/pages';

export type LoadPage<T> = (page: PageRequest) => Promise<Page<T>>;

interface ListState<T> {
  items: readonly T[];
  cursor: string | null;
  status: 'loading' | 'ready' | 'failed';
  /** Why it failed. */
  problem?: unknown;
}

export interface PagedList<T> extends ListState<T> {
  /** Appends the next page. */
  more: () => Promise<void>;
  /** Loads the shown items again, and shows the old ones until then. */
  reload: () => Promise<void>;
}

const EMPTY = { items: [], cursor: null };

/**
 * A list that is loaded page by page. A new `load` starts over; null lists nothing. The old items stay until the new ones
 * arrive, unless `scope` has changed. Answers to outdated requests are dropped.
 */
export function usePagedList<T>(load: LoadPage<T> | null, onFailure: () => void, scope = ''): PagedList<T> {
  const [state, setState] = useState<ListState<T>>({ ...EMPTY, status: 'loading' });
  const requestId = useRef(0);

  const request = useCallback(
    async (cursor: string | undefined, before: readonly T[], atLeast: number) => {
      requestId.current += 1;
      const id = requestId.current;
      try {
        const page = load && (await loadAtLeast(load, cursor, atLeast));
        if (id !== requestId.current) return;
        const { items, next_cursor } = page ?? { items: [], next_cursor: null };
        setState({ items: [...before, ...items], cursor: next_cursor, status: 'ready' });
      } catch (problem) {
        if (id !== requestId.current) return;
        onFailure();
        setState((now) => ({ ...now, status: 'failed', problem }));
      }
    },
    [load, onFailure],
  );

  const shownScope = useRef(scope);
  useEffect(() => {
    const isSameScope = shownScope.current === scope;
    shownScope.current = scope;
    setState((now) => ({ ...(isSameScope ? now : EMPTY), status: 'loading' }));
    void request(undefined, [], 0);
  }, [request]);

  const more = () => request(state.cursor ?? undefined, state.items, 0);
  const reload = () => request(undefined, [], state.items.length);
  return { ...state, more, reload };
}

/** Loads pages from the cursor on until there are `atLeast` items or no more. */
async function loadAtLeast<T>(
  load: LoadPage<T>,
  cursor: string | undefined,
  atLeast: number,
): Promise<Page<T>> {
  const items: T[] = [];
  for (;;) {
    const limit = Math.min(MAX_PAGE_SIZE, Math.max(PAGE_SIZE, atLeast - items.length));
    const page = await load({ cursor, limit });
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
    if (cursor === undefined || items.length >= atLeast) return { items, next_cursor: page.next_cursor };
  }
}
