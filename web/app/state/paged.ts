import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { MAX_PAGE_SIZE, type Page, PAGE_SIZE, type PageRequest } from '../api/pages';

export type LoadPage<T> = (page: PageRequest) => Promise<Page<T>>;

interface Shelf<T> {
  items: readonly T[];
  cursor: string | null;
  status: 'loading' | 'ready' | 'failed';
}

export interface Paged<T> extends Shelf<T> {
  /** Adds the next page. */
  more: () => Promise<void>;
  /** Fetches again what is shown, without emptying it meanwhile. */
  reload: () => Promise<void>;
}

const EMPTY = { items: [], cursor: null };

/**
 * A list that is loaded page by page. A new `load` starts over; null means there is nothing to list. Answers that
 * arrive after the question changed are dropped.
 */
export function usePaged<T>(load: LoadPage<T> | null, onFailure: () => void): Paged<T> {
  const [shelf, setShelf] = useState<Shelf<T>>({ ...EMPTY, status: 'loading' });
  const question = useRef(0);

  const ask = useCallback(
    async (request: PageRequest, before: readonly T[]) => {
      question.current += 1;
      const mine = question.current;
      const answer = await load?.(request).catch(() => null);
      if (mine !== question.current) return;
      if (answer === null) {
        onFailure();
        setShelf((now) => ({ ...now, status: 'failed' }));
      } else {
        const { items, next_cursor } = answer ?? { items: [], next_cursor: null };
        setShelf({ items: [...before, ...items], cursor: next_cursor, status: 'ready' });
      }
    },
    [load, onFailure],
  );

  useEffect(() => {
    setShelf({ ...EMPTY, status: 'loading' });
    void ask({}, []);
  }, [ask]);

  const more = () => ask({ cursor: shelf.cursor ?? undefined }, shelf.items);
  const reload = () => {
    const limit = Math.min(MAX_PAGE_SIZE, Math.max(PAGE_SIZE, shelf.items.length));
    return ask({ limit }, []);
  };
  return { ...shelf, more, reload };
}
