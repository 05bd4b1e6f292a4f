import type { FileRecord, HttpClient, LinkRecord } from '../../client/index';
import { type Page, type PageRequest, searchPage } from '../../shared/api/pages';
import type { AuditEntry } from './audit-entry';
import { ask, askPage } from './calls';
import { getOverview } from './operations';
import type { AdminUpload } from './uploads';

/** A file with what only operators see. */
export interface AdminFile extends FileRecord {
  owner: string | null;
  scan_attempts: number;
  /** Engine and signatures of the verdict. */
  scanned_with: string | null;
  /** About how many download links were issued. */
  downloads: number;
}

/** Properties of files, as lists and decisions take them. Times are RFC 3339. */
export interface FileFilter {
  search?: string | undefined;
  virus_scan_status?: string | undefined;
  policy?: string | undefined;
  owner?: string | undefined;
  created_from?: string | undefined;
  created_until?: string | undefined;
  min_size?: number | undefined;
  max_size?: number | undefined;
}

/** A job of the queue. */
export interface JobView {
  id: string;
  status: string;
  enqueued_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  attempts: number;
  last_error: string | null;
}

export interface StoredPart {
  part_number: number;
  size: number;
  etag: string;
  checksum: string | null;
}

/** A file with all that is known about it; null is unknown if `unreachable` has a name. */
export interface FileDetails {
  file: AdminFile;
  upload: AdminUpload | null;
  job: JobView | null;
  scan_due_at: string | null;
  object: { bucket: string; key: string; etag: string; version_id: string | null };
  parts: StoredPart[] | null;
  links: LinkRecord[];
  audit: AuditEntry[];
  unreachable: string[];
}

/** Returns a page of files. A search repeats its call until the page is full. */
export function listFiles(
  http: HttpClient,
  filter: FileFilter,
  sort: string | undefined,
  page: PageRequest,
): Promise<Page<AdminFile>> {
  const { min_size, max_size, ...texts } = filter;
  const query = { ...texts, min_size: min_size?.toString(), max_size: max_size?.toString(), sort };
  return searchPage((part) => askPage(http, '/files', part, query), page);
}

export const getFile = (http: HttpClient, id: string): Promise<FileDetails> => ask(http, `/files/${id}`);

/** Returns the address of the queue's dashboard; null without one, or if it is unknown. */
export const getDashboardUrl = (http: HttpClient): Promise<string | null> =>
  getOverview(http).then(
    ({ dashboard_url }) => dashboard_url,
    () => null,
  );
