import type { HttpClient } from '../../client/index';
import type { Page, PageRequest } from '../../shared/api/pages';
import { askPage, send } from './calls';

export const KINDS = ['signature', 'sha256'] as const;
export type Kind = (typeof KINDS)[number];

export interface AllowlistEntry {
  entry_id: string;
  kind: Kind;
  value: string;
  reason: string;
  /** `waiting`: for the approval by a second person. */
  state: 'waiting' | 'active' | 'ended';
  created_by: string;
  created_at: string;
  approved_by: string | null;
  approved_at: string | null;
  ends_at: string | null;
  removed_at: string | null;
}

export interface NewEntry {
  kind: Kind;
  value: string;
  reason: string;
  /** Null: it never ends by itself. */
  ends_at: string | null;
}

export const listEntries = (http: HttpClient, page: PageRequest): Promise<Page<AllowlistEntry>> =>
  askPage(http, '/allowlist', page);

export const addEntry = (http: HttpClient, entry: NewEntry): Promise<AllowlistEntry> =>
  send(http, 'POST', '/allowlist', entry);

export const approveEntry = (
  http: HttpClient,
  id: string,
  reason: string | undefined,
): Promise<AllowlistEntry> => send(http, 'POST', `/allowlist/${id}/approve`, { reason });

/** Ends an entry: its files are not served until they are scanned again. */
export const endEntry = (http: HttpClient, id: string): Promise<AllowlistEntry> =>
  send(http, 'DELETE', `/allowlist/${id}`);
