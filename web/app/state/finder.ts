import { useEffect, useState } from 'preact/hooks';
import type { VirusScanStatus } from '../../client/index';
import { type Sort, SORTS } from '../api/files';
import { useSessionValue } from './session';

/** The verdicts that one looks for. */
export const VERDICTS = ['clean', 'infected', 'unscannable', 'error', 'disabled', 'pending'] as const;
export type WantedVerdict = Extract<VirusScanStatus, (typeof VERDICTS)[number]>;

/** Which of the files are shown, and in which order. */
export interface Finder {
  /** As it is typed. */
  text: string;
  /** As it is asked for: a moment after the last key. */
  search: string;
  sort: Sort;
  verdict: WantedVerdict | undefined;
  type: (text: string) => void;
  sortBy: (sort: string) => void;
  show: (verdict: string) => void;
  /** Shows all again. */
  clear: () => void;
}

/** Milliseconds without a key after which is searched. */
const PAUSE = 250;

/** The order is remembered for the session. */
export function useFinder(): Finder {
  const [text, type] = useState('');
  const search = useRested(text.trim());
  const [stored, sortBy] = useSessionValue('longshore.sort');
  const [verdict, setVerdict] = useState<WantedVerdict | undefined>();
  const show = (wanted: string) => setVerdict(VERDICTS.find((each) => each === wanted));
  const clear = () => {
    type('');
    setVerdict(undefined);
  };
  const sort = SORTS.find((each) => each === stored) ?? SORTS[0];
  return { text, search, sort, verdict, type, sortBy, show, clear };
}

/** The value once it has not changed for a moment; nothing at all at once. */
function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), value === '' ? 0 : PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
