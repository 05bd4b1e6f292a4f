import type { ChunkWanted, UploadApi } from '../api/api';
import type { SignedChunk } from '../api/types';

/** Limit of the API. */
export const MAX_SIGNED_PER_CALL = 1000;

export interface SigningOptions {
  api: UploadApi;
  uploadId: string;
  /** The chunks that will be taken, in this order. */
  order: readonly number[];
  /** How many URLs are fetched in advance. */
  window: number;
  /** Returns the request for a chunk; a promise if its checksum must be computed first. */
  describe(chunkIndex: number): ChunkWanted | Promise<ChunkWanted>;
  /** The server's time in milliseconds. */
  serverNow(): number;
  signal?: AbortSignal | undefined;
}

/** A URL that expires sooner is not used. Milliseconds. */
const EXPIRY_MARGIN = 5_000;

/**
 * Fetches a window of signed chunks in advance. Each URL is returned once, so that a retry gets a new one. Chunks are
 * described one by one, signed in batches, then taken.
 */
export class SigningWindow {
  private readonly size: number;
  private readonly waiting: number[];
  /** Chunks that will be signed without another request. */
  private readonly expected: Set<number>;
  private readonly described = new Map<number, ChunkWanted>();
  private readonly signed = new Map<number, SignedChunk>();
  private describing: Promise<void> | null = null;
  private batch: Promise<void> | null = null;

  constructor(
    private readonly options: SigningOptions,
    first: readonly SignedChunk[],
  ) {
    this.size = Math.min(options.window, MAX_SIGNED_PER_CALL);
    for (const chunk of first) this.signed.set(chunk.chunk_index, chunk);
    this.waiting = options.order.filter((chunkIndex) => !this.signed.has(chunkIndex));
    this.expected = new Set(this.waiting);
  }

  /** Returns the signed chunk; signs it now if it is missing or about to expire. Throws the errors of that call. */
  async take(chunkIndex: number): Promise<SignedChunk> {
    const ready = await this.fromWindow(chunkIndex);
    if (ready && !this.expiresSoon(ready)) return ready;
    const [fresh] = await this.sign([await this.options.describe(chunkIndex)]);
    if (!fresh) throw new Error(`The service signed no chunk ${chunkIndex}.`);
    return fresh;
  }

  private async fromWindow(chunkIndex: number): Promise<SignedChunk | undefined> {
    this.lookAhead();
    while (this.expected.has(chunkIndex)) {
      if (this.described.has(chunkIndex)) this.signDescribed();
      await (this.batch ?? this.describing);
      this.lookAhead();
    }
    const ready = this.signed.get(chunkIndex);
    this.signed.delete(chunkIndex);
    this.lookAhead();
    return ready;
  }

  /** Describes the next chunks, and signs them before the signed ones are used up. */
  private lookAhead(): void {
    this.describeNext();
    const worthwhile = this.described.size >= this.size / 2 || this.waiting.length === 0;
    if (this.signed.size <= this.size / 2 && worthwhile) this.signDescribed();
  }

  private describeNext(): void {
    while (!this.describing && this.described.size < this.size) {
      const chunkIndex = this.waiting.shift();
      if (chunkIndex === undefined) return;
      const wanted = this.options.describe(chunkIndex);
      if (!(wanted instanceof Promise)) this.described.set(chunkIndex, wanted);
      else this.describing = this.describeLater(chunkIndex, wanted);
    }
  }

  /** Ignores a failure: `take` describes the chunk again and throws it. */
  private async describeLater(chunkIndex: number, wanted: Promise<ChunkWanted>): Promise<void> {
    const made = await wanted.catch(() => null);
    this.describing = null;
    if (made) this.described.set(chunkIndex, made);
    else this.expected.delete(chunkIndex);
    if (!this.options.signal?.aborted) this.lookAhead();
  }

  /** Signs one batch at a time. Ignores a failure: `take` signs its chunk alone and throws it. */
  private signDescribed(): void {
    if (this.batch || this.described.size === 0) return;
    const wanted = [...this.described.values()];
    this.described.clear();
    this.batch = this.sign(wanted)
      .then((chunks) => {
        for (const chunk of chunks) this.signed.set(chunk.chunk_index, chunk);
      })
      .catch(() => undefined)
      .finally(() => {
        for (const { chunk_index } of wanted) this.expected.delete(chunk_index);
        this.batch = null;
      });
  }

  private async sign(chunks: ChunkWanted[]): Promise<SignedChunk[]> {
    const { api, uploadId, signal } = this.options;
    return (await api.signChunks(uploadId, chunks, signal)).chunks;
  }

  private expiresSoon(chunk: SignedChunk): boolean {
    return Date.parse(chunk.expires_at) - this.options.serverNow() < EXPIRY_MARGIN;
  }
}
