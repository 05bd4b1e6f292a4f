import { vi } from 'vitest';
import type { Locks } from '../memory/claims';
import type { Clock } from '../network/clock';
import { TransferError } from '../api/errors';
import { hashOf } from '../hash/hash';
import { noMemory, type RememberedUpload, type UploadMemory } from '../memory/memory';
import type { Network } from '../network/network';
import type { Transfer, Transport } from '../transfer/transfer';
import type { ChecksumAlgorithm, SignedChunk, Stage, VirusScanStatus } from '../api/types';
import { Uploader, type UploaderOptions } from '../upload/uploader';

export const UPLOAD_ID = '11111111-1111-4111-8111-111111111111';
export const FILE_ID = '22222222-2222-4222-8222-222222222222';
export const INIT = 'POST /file/upload/init/';
export const SIGN = 'POST /file/upload/chunk/';
export const COMPLETE = 'POST /file/upload/complete/';
export const RESUME = 'POST /file/upload/retry';
export const ABORT = `DELETE /file/upload/${UPLOAD_ID}`;

/** The options of most uploads in tests. */
export const details = { filename: 'report.bin' };

/** Lets pending promises and timers run: for checks that nothing more happens. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A clock whose sleeps return at once and move its time forward. */
export class FakeClock implements Clock {
  readonly slept: number[] = [];
  private time = Date.parse('2030-01-01T00:00:00Z');

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(milliseconds);
    this.time += milliseconds;
    await Promise.resolve();
  }

  iso(secondsAhead = 0): string {
    return new Date(this.time + secondsAhead * 1000).toISOString();
  }
}

/** A network that is always online. */
export const onlineNetwork: Network = { isOnline: () => true, online: () => Promise.resolve() };

/** The locks of one browser, shared by its tabs. */
export function fakeLocks(): Locks {
  const held = new Set<string>();
  const take = (name: string) => {
    if (held.has(name)) return null;
    held.add(name);
    return () => void held.delete(name);
  };
  return { take: (name) => Promise.resolve(take(name)), taken: () => Promise.resolve([...held]) };
}

/** A memory that lasts as long as the test. */
export function fakeMemory(): UploadMemory {
  const uploads = new Map<string, RememberedUpload>();
  return {
    all: () => Promise.resolve([...uploads.values()]),
    remember: (upload) => Promise.resolve(void uploads.set(upload.upload_id, upload)),
    forget: (upload_id) => Promise.resolve(void uploads.delete(upload_id)),
  };
}

export type Answer = (body: unknown) => Response | Promise<Response>;

export const success = (data: unknown, status = 200): Response =>
  Response.json({ data, message: '', success: true }, { status });

export function refusal(
  status: number,
  code: string,
  more: { missing?: number[]; errors?: string[]; headers?: HeadersInit } = {},
): Response {
  const body = {
    code,
    message: `${code}, do something.`,
    errors: more.errors ?? [],
    success: false,
    missing: more.missing,
  };
  return Response.json(body, more.headers ? { status, headers: more.headers } : { status });
}

export interface Request {
  call: string;
  body: unknown;
  headers: Headers;
}

/**
 * The service and its storage in memory. It checks the order of calls. `answers` has answers by "METHOD path" that are given
 * once, before the usual ones.
 */
export class FakeService {
  readonly requests: Request[] = [];
  readonly stored = new Map<number, Blob>();
  readonly answers = new Map<string, Answer[]>();
  readonly clock = new FakeClock();
  stages: Stage[] = ['queued', 'scanning', 'ready'];
  verdict: VirusScanStatus = 'clean';
  chunkSize = 10;
  urlLifetime = 3600;
  /** Called before a chunk is stored; its errors are those of the PUT. */
  onPut: (transfer: Transfer) => void | Promise<void> = () => undefined;
  /** How often each chunk was sent. */
  readonly puts: number[] = [];
  /** The algorithms that storage checks. */
  checks: ChecksumAlgorithm[] = ['SHA256', 'CRC32', 'CRC32C', 'CRC64NVME'];
  /** Whether ETags are MD5s, as on stores without encryption. */
  etags = true;
  algorithm: ChecksumAlgorithm | null = null;
  /** Whether init contained the size. */
  knowsSize = true;
  private size = 0;
  private signatures = 0;

  uploader(options: Partial<UploaderOptions> = {}): Uploader {
    return new Uploader({
      endpoint: '',
      fetch: this.fetch,
      transport: this.transport,
      clock: this.clock,
      random: () => 0.5,
      network: onlineNetwork,
      isReachable: () => Promise.resolve(false),
      memory: noMemory,
      locks: fakeLocks(),
      checksum: null,
      ...options,
    });
  }

  /** Fails the next PUTs of these chunks, `times` each. */
  failPuts(times: number, ...indexes: number[]): void {
    const left = new Map(indexes.map((index) => [index, times]));
    this.onPut = ({ chunk }) => {
      const open = left.get(chunk.chunk_index) ?? 0;
      if (open === 0) return;
      left.set(chunk.chunk_index, open - 1);
      throw new TransferError(0);
    };
  }

  /** Answers this call once with `answer`, before the usual answers. */
  answerOnce(call: string, answer: Answer): void {
    this.answers.set(call, [...(this.answers.get(call) ?? []), answer]);
  }

  calls(): string[] {
    return this.requests.map(({ call }) => call);
  }

  bodies(call: string): unknown[] {
    return this.requests.filter((request) => request.call === call).map(({ body }) => body);
  }

  async content(): Promise<string> {
    const parts = [...this.stored].sort(([a], [b]) => a - b).map(([, part]) => part.text());
    return (await Promise.all(parts)).join('');
  }

  readonly fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const call = `${init.method ?? 'GET'} ${path.replace('/api/v1', '')}`;
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    this.requests.push({ call, body, headers: new Headers(init.headers) });
    const once = this.answers.get(call)?.shift();
    return once ? once(body) : this.usual(call, body);
  };

  readonly transport: Transport = async (transfer) => {
    transfer.signal?.throwIfAborted();
    this.puts.push(transfer.chunk.chunk_index);
    await this.onPut(transfer);
    transfer.signal?.throwIfAborted();
    if (Date.parse(transfer.chunk.expires_at) <= this.clock.now()) throw new TransferError(0);
    transfer.onBytes(transfer.body.size);
    this.stored.set(transfer.chunk.chunk_index, transfer.body);
  };

  sign(chunkIndex: number): SignedChunk {
    this.signatures += 1;
    return {
      chunk_index: chunkIndex,
      part_number: chunkIndex + 1,
      method: 'PUT',
      url: `https://storage.test/part?n=${chunkIndex + 1}&signature=${this.signatures}`,
      headers: {},
      expires_at: this.clock.iso(this.urlLifetime),
    };
  }

  private usual(call: string, body: unknown): Response | Promise<Response> {
    switch (call) {
      case INIT:
        return this.init(body as { size: number; checksum_algorithm?: ChecksumAlgorithm });
      case SIGN:
        return this.signAll(body as { chunks: { chunk_index: number }[] });
      case COMPLETE:
        return this.complete();
      case RESUME:
        return this.resume();
      case ABORT:
        return success({ upload_id: UPLOAD_ID, stage: 'aborted' });
      case `GET /file/status/${FILE_ID}`:
        return success({ stage: this.stages.length > 1 ? this.stages.shift() : this.stages[0] });
      case `GET /file/get/${FILE_ID}`:
        return success({ id: FILE_ID, virus_scan_status: this.verdict });
      default:
        throw new Error(`Unmocked request: ${call}`);
    }
  }

  private init({
    size,
    checksum_algorithm = null,
  }: {
    size: number;
    checksum_algorithm?: ChecksumAlgorithm | null;
  }): Response {
    if (checksum_algorithm && !this.checks.includes(checksum_algorithm)) {
      return refusal(422, 'validation_failed', {
        errors: ['[checksum_algorithm] this storage does not check it'],
      });
    }
    this.size = size;
    this.algorithm = checksum_algorithm;
    const total_chunks = this.totalChunks();
    const first = checksum_algorithm ? 0 : Math.min(2, total_chunks);
    const chunks = Array.from({ length: first }, (_, index) => this.sign(index));
    const ids = { upload_id: UPLOAD_ID, file_id: FILE_ID };
    return success({
      ...ids,
      chunk_size: this.chunkSize,
      total_chunks,
      expires_at: this.clock.iso(86_400),
      chunks,
    });
  }

  private signAll({ chunks }: { chunks: { chunk_index: number }[] }): Response {
    if (chunks.length > 1000) return refusal(422, 'validation_failed');
    return success({ upload_id: UPLOAD_ID, chunks: chunks.map(({ chunk_index }) => this.sign(chunk_index)) });
  }

  private async resume(): Promise<Response> {
    const uploaded = [...this.stored].map(async ([chunk_index, part]) => ({
      chunk_index,
      size: part.size,
      etag: this.etags ? `"${await hashOf(part, 'MD5')}"` : '"encrypted-1"',
      checksum: this.algorithm && (await hashOf(part, this.algorithm)),
    }));
    return success({
      upload_id: UPLOAD_ID,
      file_id: FILE_ID,
      chunk_size: this.chunkSize,
      size: this.knowsSize ? this.size : null,
      expires_at: this.clock.iso(86_400),
      checksum_algorithm: this.algorithm,
      uploaded: await Promise.all(uploaded),
      missing: this.missing(),
      chunks: [],
    });
  }

  private complete(): Response {
    const missing = this.missing();
    if (missing.length > 0) return refusal(409, 'chunks_missing', { missing });
    return success({ id: FILE_ID, upload_id: UPLOAD_ID, virus_scan_status: 'pending' }, 201);
  }

  private missing(): number[] {
    return Array.from({ length: this.totalChunks() }, (_, index) => index).filter((n) => !this.stored.has(n));
  }

  private totalChunks(): number {
    return Math.max(1, Math.ceil(this.size / this.chunkSize));
  }
}

/** A blob that cannot be read any more, such as of a deleted file. */
export function unreadable(): Blob {
  const blob = new Blob(['x']);
  const cause = new DOMException('gone', 'NotReadableError');
  vi.spyOn(blob, 'stream').mockReturnValue(
    new ReadableStream({ type: 'bytes', pull: (controller) => controller.error(cause) }),
  );
  return blob;
}

/** A blob whose bytes show their position: 0123456789abcdef… */
export function numbered(size: number): Blob {
  return new Blob([Array.from({ length: size }, (_, index) => (index % 36).toString(36)).join('')]);
}
