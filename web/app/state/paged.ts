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
 * A list that is loaded page by page. A new `load` starts over, null means there is nothing to list. What is shown stays
 * meanwhile, unless it is of another `place`. Answers that arrive after the question changed are dropped.
 */
export function usePaged<T>(load: LoadPage<T> | null, onFailure: () => void, place = ''): Paged<T> {
  const [shelf, setShelf] = useState<Shelf<T>>({ ...EMPTY, status: 'loading' });
  const question = useRef(0);

  const ask = useCallback(
    async (cursor: string | undefined, before: readonly T[], least: number) => {
      question.current += 1;
      const mine = question.current;
      const answer = load && (await readOn(load, cursor, least).catch(() => undefined));
      if (mine !== question.current) return;
      if (answer === undefined) {
        onFailure();
        setShelf((now) => ({ ...now, status: 'failed' }));
      } else {
        const { items, next_cursor } = answer ?? { items: [], next_cursor: null };
        setShelf({ items: [...before, ...items], cursor: next_cursor, status: 'ready' });
      }
    },
    [load, onFailure],
  );

  const shown = useRef(place);
  useEffect(() => {
    const stays = shown.current === place;
    shown.current = place;
    setShelf((now) => ({ ...(stays ? now : EMPTY), status: 'loading' }));
    void ask(undefined, [], 0);
  }, [ask]);

  const more = () => ask(shelf.cursor ?? undefined, shelf.items, 0);
  const reload = () => ask(undefined, [], shelf.items.length);
  return { ...shelf, more, reload };
}

/** From the cursor on, at least so many items where there are so many. */
async function readOn<T>(load: LoadPage<T>, cursor: string | undefined, least: number): Promise<Page<T>> {
  const items: T[] = [];
  for (;;) {
    const limit = Math.min(MAX_PAGE_SIZE, Math.max(PAGE_SIZE, least - items.length));
    const page = await load({ cursor, limit });
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
    if (cursor === undefined || items.length >= least) return { items, next_cursor: page.next_cursor };
  }
}
