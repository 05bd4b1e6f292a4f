import type { HttpClient } from './http';
import type {
  ChunkReply,
  CompleteRequest,
  Credential,
  FileRecord,
  InitReply,
  InitRequest,
  ResumeReply,
  StatusReply,
} from './types';

const FILES = '/api/v1/file';

/** A chunk that needs a URL; `chunk_size` is that chunk's bytes, `checksum` theirs where the upload has an algorithm. */
export interface ChunkWanted {
  chunk_index: number;
  chunk_size: number;
  checksum?: string;
}

/** The endpoints that carry an upload, one method each. */
export class UploadApi {
  constructor(private readonly http: HttpClient) {}

  init(body: InitRequest, signal?: AbortSignal): Promise<InitReply> {
    // the same in each try, so that an answer that gets lost does not leave a second upload behind
    const headers = { 'Idempotency-Key': randomKey() };
    return this.http.call(`${FILES}/upload/init/`, { method: 'POST', body, headers, signal });
  }

  signChunks(upload_id: string, chunks: ChunkWanted[], signal?: AbortSignal): Promise<ChunkReply> {
    const body = { upload_id, chunks };
    return this.http.call(`${FILES}/upload/chunk/`, { method: 'POST', body, signal });
  }

  complete(body: CompleteRequest, signal?: AbortSignal): Promise<FileRecord> {
    return this.http.call(`${FILES}/upload/complete/`, { method: 'POST', body, signal });
  }

  /** Asks what storage has of an open upload. */
  resume(upload_id: string, credential?: Credential, signal?: AbortSignal): Promise<ResumeReply> {
    const body = credential ? { upload_id, credential } : { upload_id };
    return this.http.call(`${FILES}/upload/retry`, { method: 'POST', body, signal });
  }

  /** Queues a failed scan again. */
  scanAgain(file_id: string, credential?: Credential): Promise<FileRecord> {
    const body = credential ? { file_id, credential } : { file_id };
    return this.http.call(`${FILES}/upload/retry`, { method: 'POST', body });
  }

  abort(upload_id: string): Promise<unknown> {
    return this.http.call(`${FILES}/upload/${upload_id}`, { method: 'DELETE' });
  }

  status(file_id: string, credential?: Credential, signal?: AbortSignal): Promise<StatusReply> {
    return this.http.call(`${FILES}/status/${file_id}`, { headers: credentialHeader(credential), signal });
  }

  /** The file and, once its verdict allows it, a fresh download link. */
  get(file_id: string, credential?: Credential, signal?: AbortSignal): Promise<FileRecord> {
    return this.http.call(`${FILES}/get/${file_id}`, { headers: credentialHeader(credential), signal });
  }
}

/** 128 random bits in hex; `crypto.randomUUID` is missing on pages that are not secure. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The credential as a header: it never becomes part of a URL. Letters beyond ASCII are escaped, as headers demand. */
export function credentialHeader(credential?: Credential): Record<string, string> {
  if (!credential) return {};
  const json = JSON.stringify(credential).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { 'X-File-Credential': json };
}
