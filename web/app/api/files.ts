import {
  ApiError,
  type Credential,
  credentialHeader,
  type FileRecord,
  type HttpClient,
  type VirusScanStatus,
} from '../../client/index';
import { attachmentUrl } from '../../shared/api/attachment';
import { isNotFound } from '../../shared/api/refusals';
import { changeFile } from './file-details';
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
  /** The files of one folder, '' for those in no folder; undefined for all. */
  folder?: string | undefined;
  /** Includes the folders below. */
  recursive?: boolean | undefined;
  sort?: Sort | undefined;
}

export interface Folder {
  path_name: string;
  /** The last part of it. */
  name: string;
  created_at: string;
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

  /** Scans a stored file again. */
  scanAgain(file_id: string, credential?: Credential): Promise<FileRecord> {
    const body = credential ? { file_id, credential } : { file_id };
    return this.http.call('/api/v1/file/upload/retry', { method: 'POST', body });
  }

  /** Moves a file into another folder, '' for none. Repeats it for a file that was changed meanwhile. */
  async move({ id, version }: FileRecord, folder: string, credential?: Credential): Promise<FileRecord> {
    const path_name = folder === '' ? null : folder;
    const move = (current: number) =>
      changeFile(this.http, { id, version: current }, { path_name }, credential);
    try {
      return await move(version);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'version_changed')) throw error;
      return move((await this.get(id, credential)).version);
    }
  }

  /** Returns the folders directly below a folder, '' for the outermost ones, sorted by name. */
  folders(path: string, page: PageRequest): Promise<Page<Folder>> {
    return this.http.call(`/api/v1/file/folders?${pageQuery(page, { path_name: path })}`, { repeat: 'once' });
  }

  /** Renames or moves a folder with all that is in it. */
  renameFolder(from: string, to: string): Promise<unknown> {
    const body = { from, to };
    return this.http.call('/api/v1/file/folders/rename', { method: 'POST', body, repeat: 'once' });
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
    const { appointmentId, userId, search, verdict, folder, recursive, sort } = filter;
    const wanted = { search: search === '' ? undefined : search, virus_scan_status: verdict, sort };
    const place = { path_name: folder, recursive: recursive ? 'true' : undefined };
    const path = appointmentId
      ? `/api/v1/file/appointment/${appointmentId}?${pageQuery(page, wanted)}`
      : `/api/v1/file/all?${pageQuery(page, { ...wanted, ...place, user_id: userId })}`;
    return this.http.call(path, { repeat: 'once' });
  }
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
