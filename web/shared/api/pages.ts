/** One page of a list; `next_cursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export const PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;

export interface PageRequest {
  cursor?: string | undefined;
  limit?: number;
}

/** Returns the query string of a list request, without undefined filters. */
export function pageQuery(page: PageRequest, filter: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams({ limit: String(page.limit ?? PAGE_SIZE) });
  for (const [name, value] of Object.entries({ ...filter, cursor: page.cursor })) {
    if (value !== undefined) query.set(name, value);
  }
  return query.toString();
}

/** One search call examines some thousand files; after this many calls the user decides whether to continue. */
const CALLS_PER_SEARCH = 10;

/** Repeats the call of a search until the page is full, up to CALLS_PER_SEARCH times. */
export async function searchPage<T>(
  search: (page: PageRequest) => Promise<Page<T>>,
  { cursor, limit = PAGE_SIZE }: PageRequest,
): Promise<Page<T>> {
  const found: T[] = [];
  for (let call = 1; ; call += 1) {
    const page = await search({ cursor, limit: limit - found.length });
    found.push(...page.items);
    cursor = page.next_cursor ?? undefined;
    if (cursor === undefined || found.length >= limit || call === CALLS_PER_SEARCH) {
      return { items: found, next_cursor: page.next_cursor };
    }
  }
}
