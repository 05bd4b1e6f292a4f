import { type Credential, credentialHeader, type FileRecord, type HttpClient } from '../../client/index';
import { type Page, pageQuery, type PageRequest } from './pages';

/** Whose files are meant; an appointment is narrower than its user. */
export interface FileFilter {
  userId?: string | undefined;
  appointmentId?: string | undefined;
}

export class FilesApi {
  constructor(private readonly http: HttpClient) {}

  list(filter: FileFilter, page: PageRequest): Promise<Page<FileRecord>> {
    const { appointmentId, userId } = filter;
    const path = appointmentId
      ? `/api/v1/file/appointment/${appointmentId}?${pageQuery(page)}`
      : `/api/v1/file/all?${pageQuery(page, { user_id: userId })}`;
    return this.http.call(path, { repeat: 'once' });
  }

  /** The file with a fresh download link, or null as `download_url` where its state allows none. */
  get(id: string, credential?: Credential): Promise<FileRecord> {
    const headers = credentialHeader(credential);
    return this.http.call(`/api/v1/file/get/${id}`, { headers, repeat: 'once' });
  }

  remove(id: string, credential?: Credential): Promise<unknown> {
    const headers = credentialHeader(credential);
    return this.http.call(`/api/v1/file/${id}`, { method: 'DELETE', headers, repeat: 'once' });
  }
}
