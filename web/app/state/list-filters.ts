import { useState } from 'preact/hooks';
import type { VirusScanStatus } from '../../client/index';
import { type Sort, SORTS } from '../api/files';
import { useDebounced } from '../../shared/state/debounced';
import { useSessionValue } from '../../shared/state/session';

/** The verdicts that the list can be filtered by. */
export const VERDICTS = [
  'clean',
  'infected',
  'unscannable',
  'blocked',
  'released',
  'error',
  'disabled',
  'pending',
] as const;
export type FilterVerdict = Extract<VirusScanStatus, (typeof VERDICTS)[number]>;

/** Which files the list shows, and in which order. */
export interface ListFilters {
  /** The text in the search field. */
  text: string;
  /** The text that is searched for: the same, a moment after the last key. */
  search: string;
  sort: Sort;
  verdict: FilterVerdict | undefined;
  setText: (text: string) => void;
  setSort: (sort: string) => void;
  setVerdict: (verdict: string) => void;
  /** Clears search and verdict. */
  clear: () => void;
}

/** Returns the filters of the list; the order is kept for the session. */
export function useListFilters(): ListFilters {
  const [text, setText] = useState('');
  const search = useDebounced(text.trim());
  const [stored, setSort] = useSessionValue('longshore.sort');
  const [verdict, storeVerdict] = useState<FilterVerdict | undefined>();
  const setVerdict = (wanted: string) => storeVerdict(VERDICTS.find((each) => each === wanted));
  const clear = () => {
    setText('');
    storeVerdict(undefined);
  };
  const sort = SORTS.find((each) => each === stored) ?? SORTS[0];
  return { text, search, sort, verdict, setText, setSort, setVerdict, clear };
}
