import type { HttpClient } from '../../client/index';
import { type Page, type PageRequest, searchPage } from '../../shared/api/pages';
import { ask, askPage } from './calls';

/** Numbers by name; sizes are bytes. */
export type Counts = Record<string, number>;

/** The bytes of a day as last counted on it. */
export interface UsageDay {
  /** In UTC: `2026-01-31`. */
  day: string;
  /** By state of open uploads, by verdict, and `orphaned`. */
  bytes: Counts;
  /** Of the subjects with the most. */
  subjects: Counts;
}

/** The last count and the days before, oldest first. */
export interface Usage {
  /** Null before the first count. */
  counted_at: string | null;
  bytes: Counts;
  files: Counts;
  uploads: Counts;
  subjects: { subject: string; bytes: number }[];
  history: UsageDay[];
}

export interface ApiKey {
  prefix: string;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

export interface Subject {
  subject: string;
  bytes: number;
  /** Null without a limit. */
  quota: number | null;
  keys: ApiKey[];
}

export const getUsage = (http: HttpClient, days: number): Promise<Usage> => ask(http, `/usage?days=${days}`);

/** Returns a page of subjects by name. A search repeats its call until the page is full. */
export const listSubjects = (
  http: HttpClient,
  search: string | undefined,
  page: PageRequest,
): Promise<Page<Subject>> => {
  const load = (part: PageRequest) => askPage<Subject>(http, '/subjects', part, { search });
  return search ? searchPage(load, page) : load(page);
};
