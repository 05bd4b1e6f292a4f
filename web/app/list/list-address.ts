import { type Sort, SORTS } from '../api/files';
import { type FilterVerdict, VERDICTS } from './verdict-filter';

/** What the list shows, as the address of the page has it: it can be shared, and the back button returns to it. */
export interface ListAddress {
  /** '' for no folder. */
  folder: string;
  search: string;
  verdict: FilterVerdict | undefined;
  sort: Sort;
}

/** Returns what a query string names; unknown values count as none. */
export function readAddress(query: string): ListAddress {
  const given = new URLSearchParams(query);
  return {
    folder: (given.get('folder') ?? '').replace(/^\/+|\/+$/g, ''),
    search: given.get('search') ?? '',
    verdict: VERDICTS.find((each) => each === given.get('status')),
    sort: SORTS.find((each) => each === given.get('sort')) ?? SORTS[0],
  };
}

/** Returns the query string, `?` for the plain list; parameters of other parts of the page stay. */
export function addressOf({ folder, search, verdict, sort }: ListAddress, before = ''): string {
  const query = new URLSearchParams(before);
  const wanted = { folder, search, status: verdict ?? '', sort: sort === SORTS[0] ? '' : sort };
  for (const [name, value] of Object.entries(wanted)) {
    if (value === '') query.delete(name);
    else query.set(name, value);
  }
  // slashes need no escape in a query, and folders are easier to read with them
  return `?${query.toString().replaceAll('%2F', '/')}`;
}
