import type { UploadApi } from './api';
import { type ChunkPlan, chunkBytes } from './chunks';
import type { SignedChunk } from './types';

/** The API signs at most so many chunks a call. */
export const MAX_SIGNED_PER_CALL = 1000;

export interface SigningOptions {
  api: UploadApi;
  uploadId: string;
  plan: ChunkPlan;
  /** Chunks that will be asked for, in that order. */
  order: readonly number[];
  /** How many URLs are fetched ahead of need. */
  window: number;
  /** The server's time in milliseconds. */
  serverNow(): number;
  signal?: AbortSignal | undefined;
}

/** A URL that ends sooner than this is not started with. Milliseconds. */
const EXPIRY_MARGIN = 5_000;

/** Keeps a window of signed chunks ahead of the senders; hands each out once, so that a second try gets a fresh one. */
export class SigningWindow {
  private readonly signed = new Map<number, SignedChunk>();
  private readonly ahead: Set<number>;
  private batch: Promise<void> | null = null;

  constructor(
    private readonly options: SigningOptions,
    first: readonly SignedChunk[] = [],
  ) {
    for (const chunk of first) this.signed.set(chunk.chunk_index, chunk);
    this.ahead = new Set(options.order.filter((chunkIndex) => !this.signed.has(chunkIndex)));
  }

  /** The permission for this chunk, signed now if it is not there or about to expire. */
  async take(chunkIndex: number): Promise<SignedChunk> {
    const ready = await this.fromWindow(chunkIndex);
    if (ready && !this.expiresSoon(ready)) return ready;
    const [fresh] = await this.sign([chunkIndex]);
    if (!fresh) throw new Error(`The service signed no chunk ${chunkIndex}.`);
    return fresh;
  }

  private async fromWindow(chunkIndex: number): Promise<SignedChunk | undefined> {
    if (this.signed.size <= this.options.window / 2) this.fetchAhead();
    if (!this.signed.has(chunkIndex)) await this.batch;
    const ready = this.signed.get(chunkIndex);
    this.signed.delete(chunkIndex);
    this.ahead.delete(chunkIndex);
    return ready;
  }

  /** One batch at a time. A failure is not lost: whoever waits for a chunk of it signs that chunk alone, and hears of it. */
  private fetchAhead(): void {
    if (this.batch || this.ahead.size === 0) return;
    const wanted = [...this.ahead].slice(0, Math.min(this.options.window, MAX_SIGNED_PER_CALL));
    for (const chunkIndex of wanted) this.ahead.delete(chunkIndex);
    this.batch = this.sign(wanted)
      .then((chunks) => {
        for (const chunk of chunks) this.signed.set(chunk.chunk_index, chunk);
      })
      .catch(() => undefined)
      .finally(() => {
        this.batch = null;
      });
  }

  private async sign(indexes: readonly number[]): Promise<SignedChunk[]> {
    const { api, uploadId, plan, signal } = this.options;
    const wanted = indexes.map((chunk_index) => ({ chunk_index, chunk_size: chunkBytes(plan, chunk_index) }));
    return (await api.signChunks(uploadId, wanted, signal)).chunks;
  }

  private expiresSoon(chunk: SignedChunk): boolean {
    return Date.parse(chunk.expires_at) - this.options.serverNow() < EXPIRY_MARGIN;
  }
}
