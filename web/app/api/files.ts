import {
  ApiError,
  type Credential,
  credentialHeader,
  type FileRecord,
  type HttpClient,
  type VirusScanStatus,
} from '../../client/index';
import { type Page, PAGE_SIZE, pageQuery, type PageRequest } from './pages';

/** The service's orders; `-` is downwards. */
export const SORTS = ['-created_at', 'created_at', 'filename', '-filename', '-size', 'size'] as const;
export type Sort = (typeof SORTS)[number];

/** Which files are meant, and in which order; an appointment is narrower than its user. */
export interface FileFilter {
  userId?: string | undefined;
  appointmentId?: string | undefined;
  /** Words of the name. */
  search?: string | undefined;
  verdict?: VirusScanStatus | undefined;
  sort?: Sort | undefined;
}

/** The service looks at some thousand files in one call of a search; so many calls until the reader is asked to go on. */
const CALLS_OF_A_SEARCH = 10;

/** Refusals of a link by the file's state. */
const UNSERVED = new Set(['file_not_ready', 'file_gone']);

export class FilesApi {
  constructor(private readonly http: HttpClient) {}

  /** A page of files. A search goes on until its page is full, there is no more, or it has looked far enough. */
  async list(filter: FileFilter, { cursor, limit = PAGE_SIZE }: PageRequest): Promise<Page<FileRecord>> {
    const found: FileRecord[] = [];
    const calls = filter.search || filter.verdict ? CALLS_OF_A_SEARCH : 1;
    for (let call = 1; ; call += 1) {
      const page = await this.look(filter, { cursor, limit: limit - found.length });
      found.push(...page.items);
      cursor = page.next_cursor ?? undefined;
      if (cursor === undefined || found.length >= limit || call === calls) {
        return { items: found, next_cursor: page.next_cursor };
      }
    }
  }

  /** The file with a fresh download link, or null as `download_url` where its state allows none. */
  get(id: string, credential?: Credential): Promise<FileRecord> {
    const headers = credentialHeader(credential);
    return this.http.call(`/api/v1/file/get/${id}`, { headers, repeat: 'once' });
  }

  /** A fresh link that browsers save; null where the file's state allows none. */
  async attachment(id: string, credential?: Credential): Promise<string | null> {
    const path = `/api/v1/file/content/${id}?disposition=attachment`;
    const call = { headers: credentialHeader(credential), repeat: 'once' as const };
    try {
      return (await this.http.call<{ url: string }>(path, call)).url;
    } catch (error) {
      if (error instanceof ApiError && UNSERVED.has(error.code)) return null;
      throw error;
    }
  }

  /** Throws what `remove` would be refused with: there is no such file, or the credential is another. */
  async check(id: string, credential?: Credential): Promise<void> {
    const headers = credentialHeader(credential);
    await this.http.call(`/api/v1/file/status/${id}`, { headers, repeat: 'once' });
  }

  /** The file is gone afterwards, whoever deleted it. */
  async remove(id: string, credential?: Credential): Promise<void> {
    const headers = credentialHeader(credential);
    await this.http.call(`/api/v1/file/${id}`, { method: 'DELETE', headers }).catch(unlessGone);
  }

  private look(filter: FileFilter, page: PageRequest): Promise<Page<FileRecord>> {
    const { appointmentId, userId, search, verdict, sort } = filter;
    const wanted = { search: search === '' ? undefined : search, virus_scan_status: verdict, sort };
    const path = appointmentId
      ? `/api/v1/file/appointment/${appointmentId}?${pageQuery(page, wanted)}`
      : `/api/v1/file/all?${pageQuery(page, { ...wanted, user_id: userId })}`;
    return this.http.call(path, { repeat: 'once' });
  }
}

export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

function unlessGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
