import { useState } from 'preact/hooks';

/** The chosen rows of a table. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** Chooses or clears one row; with `shift` all rows between it and the last one that was changed. */
  toggle: (id: string, shift: boolean) => void;
  /** Chooses all rows, or none if all are chosen. */
  toggleAll: () => void;
  clear: () => void;
  /** `some`: not all of the shown rows. */
  extent: 'none' | 'some' | 'all';
}

/**
 * `shown`: the ids of the rows, in their order. A row that disappears is not chosen any more, and with another `list` none is:
 * at once, as a button must not act on rows of the list before.
 */
export function useSelection(shown: readonly string[], list = ''): Selection {
  const [chosen, setChosenIn] = useState<{ list: string; ids: ReadonlySet<string> }>({
    list,
    ids: new Set(),
  });
  const [anchor, setAnchor] = useState<string>();
  const setChosen = (next: ReadonlySet<string>) => setChosenIn({ list, ids: next });
  const ids = new Set(chosen.list === list ? shown.filter((id) => chosen.ids.has(id)) : []);
  const toggle = (id: string, shift: boolean) => {
    const isChosen = !ids.has(id);
    const next = new Set(ids);
    for (const each of shift ? between(shown, anchor, id) : [id]) {
      if (isChosen) next.add(each);
      else next.delete(each);
    }
    setAnchor(id);
    setChosen(next);
  };
  const isAll = shown.length > 0 && ids.size === shown.length;
  return {
    ids,
    toggle,
    toggleAll: () => setChosen(new Set(isAll ? [] : shown)),
    clear: () => setChosen(new Set()),
    extent: isAll ? 'all' : ids.size === 0 ? 'none' : 'some',
  };
}

function between(shown: readonly string[], from: string | undefined, to: string): readonly string[] {
  const [start, end] = [from === undefined ? -1 : shown.indexOf(from), shown.indexOf(to)];
  if (start === -1) return [to];
  return shown.slice(Math.min(start, end), Math.max(start, end) + 1);
}
