import type { HttpClient } from '../../client/index';
import { type Page, pageQuery, type PageRequest } from '../../shared/api/pages';

const ADMIN = '/api/v1/admin';

export type Query = Record<string, string | undefined>;

/** Every call is made once: this page shows a failure. A path begins after `/api/v1/admin`. */
export const ask = <T>(http: HttpClient, path: string): Promise<T> =>
  http.call(ADMIN + path, { repeat: 'once' });

export const askPage = <T>(
  http: HttpClient,
  path: string,
  page: PageRequest,
  query: Query = {},
): Promise<Page<T>> => ask(http, `${path}?${pageQuery(page, query)}`);

export const send = <T>(
  http: HttpClient,
  method: 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> => http.call(ADMIN + path, { method, body, repeat: 'once' });
