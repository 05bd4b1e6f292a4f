import { useEffect, useRef, useState } from 'preact/hooks';
import { SORTS } from '../api/files';
import { DEBOUNCE_TIME } from '../../shared/state/debounced';
import { addressOf, type ListAddress, readAddress } from './list-address';
import { VERDICTS } from './verdict-filter';

/** Which files the list shows, and in which order: all of it is in the page's address. */
export interface ListFilters extends ListAddress {
  /** The text in the search field; `search` follows a moment after the last key. */
  text: string;
  setText: (text: string) => void;
  setSort: (sort: string) => void;
  setVerdict: (verdict: string) => void;
  openFolder: (folder: string) => void;
  /** The address of the list in another folder, without search and status. */
  addressOfFolder: (folder: string) => string;
  /** Clears search and verdict. */
  clear: () => void;
}

/** Whether search or status select files: then the list has those of all folders below. */
export const isFiltered = ({ search, verdict }: ListAddress): boolean =>
  search !== '' || verdict !== undefined;

/** Returns the filters of the list. Every change is a step of the back button, but not every key of a search. */
export function useListFilters(): ListFilters {
  const [address, setAddress] = useState(() => readAddress(location.search));
  const [text, setText] = useState(address.search);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stopTimer = () => clearTimeout(timer.current);
  useEffect(() => {
    const read = () => {
      stopTimer();
      const now = readAddress(location.search);
      setAddress(now);
      setText(now.search);
    };
    addEventListener('popstate', read);
    return () => {
      removeEventListener('popstate', read);
      stopTimer();
    };
  }, []);

  const change = (part: Partial<ListAddress>, replace = false) => {
    const before = readAddress(location.search);
    const next = { ...before, ...part };
    const query = addressOf(next, location.search);
    if (query === addressOf(before, location.search)) return;
    if (replace) history.replaceState(history.state, '', query);
    else history.pushState(null, '', query);
    setAddress(next);
  };
  const search = (wanted: string) => {
    stopTimer();
    const start = () => change({ search: wanted.trim() }, readAddress(location.search).search !== '');
    setText(wanted);
    if (wanted.trim() === '') start();
    else timer.current = setTimeout(start, DEBOUNCE_TIME);
  };
  const without = { search: '', verdict: undefined };
  return {
    ...address,
    text,
    setText: search,
    setSort: (wanted) => change({ sort: SORTS.find((each) => each === wanted) ?? SORTS[0] }),
    setVerdict: (wanted) => change({ verdict: VERDICTS.find((each) => each === wanted) }),
    openFolder: (folder) => {
      stopTimer();
      setText('');
      change({ ...without, folder });
    },
    addressOfFolder: (folder) => addressOf({ ...address, ...without, folder }, location.search),
    clear: () => {
      stopTimer();
      setText('');
      change(without);
    },
  };
}
