import type { HttpClient } from '../../client/index';
import type { Page, PageRequest } from '../../shared/api/pages';
import type { AuditEntry } from './audit-entry';
import { ask, askPage, type Query } from './calls';

/** Properties of entries. Times are RFC 3339. */
export type AuditFilter = Query & {
  actor?: string | undefined;
  action?: string | undefined;
  target_id?: string | undefined;
  created_from?: string | undefined;
  created_until?: string | undefined;
};

/** A place where the chain of seals is broken. */
export interface Flaw {
  sequence: number;
  problem: string;
}

/** The result of checking a part of the chain, from `after` on. */
export interface Verification {
  checked: number;
  /** Entries before those in the chain, which were deleted after AUDIT_DAYS. */
  deleted: number;
  /** Where the next call continues: `SEQUENCE:SEAL`. */
  last: string;
  is_complete: boolean;
  /** Entries that wait for their seal. */
  unsealed: number;
  flaws: Flaw[];
}

export const listAudit = (
  http: HttpClient,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntry>> => askPage(http, '/audit', page, filter);

/** Checks the next entries of the chain. `head`: an end of the chain that was noted earlier. */
export function verifyPart(
  http: HttpClient,
  after: string | undefined,
  head: string | undefined,
): Promise<Verification> {
  const given = Object.entries({ after, head }).filter((entry): entry is [string, string] =>
    Boolean(entry[1]),
  );
  return ask(http, `/audit/verification?${new URLSearchParams(given)}`);
}

export type ExportFormat = 'jsonl' | 'csv';

/** Returns the path of an export, newest entries first. */
export function exportPath(filter: AuditFilter, format: ExportFormat): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
  return `/api/v1/admin/audit/export?${query}`;
}
