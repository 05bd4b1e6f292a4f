import {
  type Credential,
  credentialHeader,
  type FileDecision,
  type FileRecord,
  type HttpClient,
  type LinkRecord,
  type LinkReply,
  type LinkRequest,
  type StatusReply,
} from '../../client/index';
import { type Page, pageQuery, type PageRequest } from '../../shared/api/pages';
import { getReceipt } from '../../shared/api/receipt';

/** A file's status with the fields that can change while the page shows the file. */
export interface FileStatus extends StatusReply {
  size: number | null;
  scanned_bytes: number | null;
  expires_at: string | null;
  legal_hold: boolean;
  decision: FileDecision | null;
}

/** Returns a file's status, which issues no download link. */
export const getStatus = (
  http: HttpClient,
  id: string,
  credential?: Credential,
  signal?: AbortSignal,
): Promise<FileStatus> =>
  http.call(`/api/v1/file/status/${id}`, { headers: credentialHeader(credential), signal, repeat: 'once' });

/** Changes a file that still has this version. Throws ApiError 412 `version_changed` for another one. */
export const changeFile = (
  http: HttpClient,
  { id, version }: Pick<FileRecord, 'id' | 'version'>,
  change: { filename: string } | { path_name: string | null },
  credential?: Credential,
): Promise<FileRecord> =>
  http.call(`/api/v1/file/${id}`, {
    method: 'PATCH',
    body: change,
    headers: { ...credentialHeader(credential), 'If-Match': `"${version}"` },
    repeat: 'once',
  });

/** Returns engine and signatures of the verdict, as the receipt names them; null if it names none. */
export async function getEngine(
  http: HttpClient,
  id: string,
  credential?: Credential,
): Promise<string | null> {
  const { contents } = await getReceipt(http, id, credential);
  const engine = contents['scanned_with'];
  return typeof engine === 'string' ? engine : null;
}

export const listLinks = (http: HttpClient, id: string, page: PageRequest): Promise<Page<LinkRecord>> =>
  http.call(`/api/v1/file/${id}/links?${pageQuery(page)}`, { repeat: 'once' });

/** Creates a link; its URL is in this answer only. It is not retried: a second call would create a second link. */
export const createLink = (
  http: HttpClient,
  id: string,
  link: LinkRequest,
  credential?: Credential,
): Promise<LinkReply> =>
  http.call(`/api/v1/file/${id}/links`, {
    method: 'POST',
    body: link,
    headers: credentialHeader(credential),
    repeat: 'once',
  });

export const revokeLink = (http: HttpClient, id: string, linkId: string): Promise<LinkRecord> =>
  http.call(`/api/v1/file/${id}/links/${linkId}`, { method: 'DELETE', repeat: 'once' });
