import { sharedMessages } from '../../shared/messages/index';
import type { FileFilter } from '../api/files';
import { messages } from '../messages/index';
import type { Filters } from '../state/route';
import { midnight } from '../text';
import type { FilterField } from '../ui/filter-bar';
import { texts } from './texts';

const { filters: labels } = texts;
const MEGABYTE = 1_000_000;

/** The filters of the list of files; `sort` is not one of them for decisions. */
export const FIELDS: readonly FilterField[] = [
  { name: 'search', label: labels.search, kind: 'text' },
  {
    name: 'verdict',
    label: labels.verdict,
    kind: 'select',
    options: [['', messages.filters.any], ...Object.entries(sharedMessages.verdicts)],
  },
  { name: 'owner', label: labels.owner, kind: 'text', isRare: true },
  { name: 'policy', label: labels.policy, kind: 'text', isRare: true },
  { name: 'from', label: labels.from, kind: 'date', isRare: true },
  { name: 'until', label: labels.until, kind: 'date', isRare: true },
  { name: 'min', label: labels.min, kind: 'number', isRare: true },
  { name: 'max', label: labels.max, kind: 'number', isRare: true },
  {
    name: 'sort',
    label: labels.sort,
    kind: 'select',
    options: [['', texts.sorts['-created_at']], ...sorts()],
  },
];

/** Returns the filter of the API that the address describes, without what it does not set. `until` is included. */
export function fileFilter(filters: Filters): FileFilter {
  const filter: FileFilter = {
    search: filters['search'],
    virus_scan_status: filters['verdict'],
    owner: filters['owner'],
    policy: filters['policy'],
    created_from: midnight(filters['from']),
    created_until: midnight(filters['until'], 1),
    min_size: bytes(filters['min']),
    max_size: bytes(filters['max']),
  };
  const set = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(set);
}

function bytes(megabytes: string | undefined): number | undefined {
  const value = Number(megabytes);
  return megabytes === undefined || megabytes === '' || Number.isNaN(value)
    ? undefined
    : Math.round(value * MEGABYTE);
}

function sorts(): [string, string][] {
  return Object.entries(texts.sorts).slice(1);
}
