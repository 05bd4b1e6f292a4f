import {
  ApiError,
  type Credential,
  credentialHeader,
  type FileRecord,
  type HttpClient,
  type VirusScanStatus,
} from '../../client/index';
import { attachmentUrl } from '../../shared/api/attachment';
import { type Page, pageQuery, type PageRequest, searchPage } from '../../shared/api/pages';

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

export class FilesApi {
  constructor(private readonly http: HttpClient) {}

  /** Returns a page of files. A search repeats its call until the page is full. */
  list(filter: FileFilter, page: PageRequest): Promise<Page<FileRecord>> {
    return filter.search || filter.verdict
      ? searchPage((part) => this.listOnce(filter, part), page)
      : this.listOnce(filter, page);
  }

  /** Returns the file with a fresh `download_url`; that is null where the file's state allows no link. */
  get(id: string, credential?: Credential): Promise<FileRecord> {
    const headers = credentialHeader(credential);
    return this.http.call(`/api/v1/file/get/${id}`, { headers, repeat: 'once' });
  }

  /** Returns a fresh link that browsers save instead of showing; null where the file's state allows none. */
  attachmentUrl(id: string, credential?: Credential): Promise<string | null> {
    return attachmentUrl(this.http, id, credential);
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
