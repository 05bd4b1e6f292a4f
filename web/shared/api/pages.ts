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
