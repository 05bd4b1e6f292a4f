import type { HttpClient } from '../../client/index';
import type { Page, PageRequest } from '../../shared/api/pages';
import { askPage, type Query } from './calls';

/** An upload; `size` and names are null while they are unknown. */
export interface AdminUpload {
  upload_id: string;
  file_id: string;
  filename: string | null;
  /** The folder that init named. */
  path_name: string | null;
  owner: string | null;
  state: string;
  size: number | null;
  chunk_size: number;
  content_type: string | null;
  policy: string;
  grant_id: string | null;
  created_at: string;
  expires_at: string;
  /** Why it could not be completed so far. */
  failure_reason: string | null;
}

/** The states in which an upload is open. */
export const OPEN_STATES = ['uploading', 'completing'] as const;

export const listUploads = (http: HttpClient, query: Query, page: PageRequest): Promise<Page<AdminUpload>> =>
  askPage(http, '/uploads', page, query);

/** Ends an upload: storage deletes its parts. */
export const endUpload = (http: HttpClient, id: string): Promise<unknown> =>
  http.call(`/api/v1/file/upload/${id}`, { method: 'DELETE', repeat: 'once' });
