import type { Call, HttpClient } from './http';
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

/** A chunk that needs a URL. `chunk_size` in bytes; `checksum` where the upload has a checksum algorithm. */
export interface ChunkWanted {
  chunk_index: number;
  chunk_size: number;
  checksum?: string;
}

/** What learns that calls fail and are retried, and that they ended. */
export interface CallObserver {
  interrupt(why: 'offline' | 'retrying'): void;
  recover(): void;
}

/** The endpoints of an upload, one method each. */
export class UploadApi {
  constructor(
    private readonly http: HttpClient,
    private readonly observer?: CallObserver,
  ) {}

  /** `replaced`: the credential of the file to replace. */
  init(body: InitRequest, replaced?: Credential, signal?: AbortSignal): Promise<InitReply> {
    // the same key for every try, so that a lost answer does not leave a second upload behind
    const headers = { 'Idempotency-Key': randomKey(), ...credentialHeader(replaced) };
    return this.call(`${FILES}/upload/init/`, { method: 'POST', body, headers, signal });
  }

  signChunks(upload_id: string, chunks: ChunkWanted[], signal?: AbortSignal): Promise<ChunkReply> {
    const body = { upload_id, chunks };
    return this.call(`${FILES}/upload/chunk/`, { method: 'POST', body, signal });
  }

  complete(body: CompleteRequest, replaced?: Credential, signal?: AbortSignal): Promise<FileRecord> {
    const headers = credentialHeader(replaced);
    return this.call(`${FILES}/upload/complete/`, { method: 'POST', body, headers, signal });
  }

  /** Returns what storage has of an open upload. */
  resume(upload_id: string, credential?: Credential, signal?: AbortSignal): Promise<ResumeReply> {
    const body = credential ? { upload_id, credential } : { upload_id };
    return this.call(`${FILES}/upload/retry`, { method: 'POST', body, signal });
  }

  /** Queues a failed scan again. */
  scanAgain(file_id: string, credential?: Credential): Promise<FileRecord> {
    const body = credential ? { file_id, credential } : { file_id };
    return this.call(`${FILES}/upload/retry`, { method: 'POST', body });
  }

  abort(upload_id: string): Promise<unknown> {
    return this.call(`${FILES}/upload/${upload_id}`, { method: 'DELETE' });
  }

  status(file_id: string, credential?: Credential, signal?: AbortSignal): Promise<StatusReply> {
    return this.call(`${FILES}/status/${file_id}`, { headers: credentialHeader(credential), signal });
  }

  /** Returns the file, with a fresh download link where its verdict allows one. */
  get(file_id: string, credential?: Credential, signal?: AbortSignal): Promise<FileRecord> {
    return this.call(`${FILES}/get/${file_id}`, { headers: credentialHeader(credential), signal });
  }

  private async call<T>(path: string, call: Call): Promise<T> {
    const waits: string[] = [];
    const onWait: Call['onWait'] = (why) => {
      waits.push(why);
      this.observer?.interrupt(why);
    };
    try {
      return await this.http.call<T>(path, { ...call, onWait });
    } finally {
      if (waits.length > 0) this.observer?.recover();
    }
  }
}

/** Returns 128 random bits in hex; `crypto.randomUUID` exists in secure contexts only. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns the credential as a header, so that it is never part of a URL. Non-ASCII characters are escaped. */
export function credentialHeader(credential?: Credential): Record<string, string> {
  if (!credential) return {};
  const json = JSON.stringify(credential).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { 'X-File-Credential': json };
}
