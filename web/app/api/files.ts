import {
  ApiError,
  type Credential,
  credentialHeader,
  type FileRecord,
  type HttpClient,
  type VirusScanStatus,
} from '../../client/index';
import { type Page, PAGE_SIZE, pageQuery, type PageRequest } from '../../shared/api/pages';

/** The orders that the service supports; `-` is descending. */
export const SORTS = ['-created_at', 'created_at', 'filename', '-filename', '-size', 'size'] as const;
export type Sort = (typeof SORTS)[number];

/** Selects and orders files. An appointment takes precedence over its user. */
export interface FileFilter {
  userId?: string | undefined;
  appointmentId?: string | undefined;
  /** Words in the filename. */
  search?: string | undefined;
  verdict?: VirusScanStatus | undefined;
  sort?: Sort | undefined;
}

/** One search call examines some thousand files; after this many calls the user decides whether to continue. */
const CALLS_PER_SEARCH = 10;

/** Error codes of files whose state allows no link. */
const NOT_DOWNLOADABLE = new Set(['file_not_ready', 'file_gone']);

export class FilesApi {
  constructor(private readonly http: HttpClient) {}

  /** Returns a page of files. A search repeats its call until the page is full, up to CALLS_PER_SEARCH times. */
  async list(filter: FileFilter, { cursor, limit = PAGE_SIZE }: PageRequest): Promise<Page<FileRecord>> {
    const found: FileRecord[] = [];
    const calls = filter.search || filter.verdict ? CALLS_PER_SEARCH : 1;
    for (let call = 1; ; call += 1) {
      const page = await this.listOnce(filter, { cursor, limit: limit - found.length });
      found.push(...page.items);
      cursor = page.next_cursor ?? undefined;
      if (cursor === undefined || found.length >= limit || call === calls) {
        return { items: found, next_cursor: page.next_cursor };
      }
    }
  }

  /** Returns the file with a fresh `download_url`; that is null where the file's state allows no link. */
  get(id: string, credential?: Credential): Promise<FileRecord> {
    const headers = credentialHeader(credential);
    return this.http.call(`/api/v1/file/get/${id}`, { headers, repeat: 'once' });
  }

  /** Returns a fresh link that browsers save instead of showing; null where the file's state allows none. */
  async attachmentUrl(id: string, credential?: Credential): Promise<string | null> {
    const path = `/api/v1/file/content/${id}?disposition=attachment`;
    const call = { headers: credentialHeader(credential), repeat: 'once' as const };
    try {
      return (await this.http.call<{ url: string }>(path, call)).url;
    } catch (error) {
      if (error instanceof ApiError && NOT_DOWNLOADABLE.has(error.code)) return null;
      throw error;
    }
  }

  /** Throws where `remove` would fail: the file does not exist, or the credential is wrong. */
  async check(id: string, credential?: Credential): Promise<void> {
    const headers = credentialHeader(credential);
    await this.http.call(`/api/v1/file/status/${id}`, { headers, repeat: 'once' });
  }

  /** Deletes a file; one that does not exist any more is no error. */
  async remove(id: string, credential?: Credential): Promise<void> {
    const headers = credentialHeader(credential);
    await this.http.call(`/api/v1/file/${id}`, { method: 'DELETE', headers }).catch(ignoreNotFound);
  }

  private listOnce(filter: FileFilter, page: PageRequest): Promise<Page<FileRecord>> {
    const { appointmentId, userId, search, verdict, sort } = filter;
    const wanted = { search: search === '' ? undefined : search, virus_scan_status: verdict, sort };
    const path = appointmentId
      ? `/api/v1/file/appointment/${appointmentId}?${pageQuery(page, wanted)}`
      : `/api/v1/file/all?${pageQuery(page, { ...wanted, user_id: userId })}`;
    return this.http.call(path, { repeat: 'once' });
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
