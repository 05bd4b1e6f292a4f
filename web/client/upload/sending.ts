import type { ChunkWanted } from '../api/api';
import { chunkBytes } from '../transfer/chunks';
import { compareOne } from '../transfer/compare';
import { DifferentFileError, OriginRefusedError, TransferError, UnreadableError } from '../api/errors';
import { abortable } from '../network/timeouts';
import type { OpenUpload } from './opening';
import { OriginRefusalDetector } from '../network/reachability';
import { runPool } from '../transfer/pool';
import { withRetry } from '../network/retry';
import type { Shared } from './shared';
import { SigningWindow } from '../transfer/signing';
import type { Source } from '../transfer/source';
import type { SignedChunk } from '../api/types';
import type { Turn } from './turn';
import type { Upload } from './upload';

/** One chunk that is being sent. */
interface Attempt {
  chunkIndex: number;
  window: SigningWindow;
  signal: AbortSignal;
  /** Storage's origin, from the first URL on. */
  storageOrigin: string | null;
  /** Whether bytes were sent, in this try or an earlier one. */
  hasSent: boolean;
  /** Whether an earlier try failed. */
  hasFailed: boolean;
}

/** Sends the pending chunks of a file to storage. */
export class ChunkSender {
  /** The checksum that was signed for each chunk. */
  private readonly checksums = new Map<number, string>();

  constructor(
    private readonly shared: Shared,
    private readonly source: Source,
    private readonly upload: Upload,
    private readonly turn: Turn,
  ) {}

  /** Returns when no chunk is pending. Throws errors that a retry cannot fix, and the upload's abort reason. */
  async send(opened: OpenUpload): Promise<void> {
    const { signal } = this.upload;
    const order = [...opened.pending].sort((a, b) => a - b);
    const { api, tools, http, signingWindow, tuner } = this.shared;
    const window = new SigningWindow(
      {
        api,
        uploadId: opened.session.uploadId,
        order,
        window: signingWindow,
        describe: (chunkIndex) => this.describe(opened, chunkIndex),
        serverNow: () => tools.clock.now() + http.clockSkew,
        signal,
      },
      opened.signed.splice(0),
    );
    const send = async (chunkIndex: number, either: AbortSignal) => {
      await this.sendChunk(opened, {
        chunkIndex,
        window,
        signal: either,
        storageOrigin: null,
        hasSent: false,
        hasFailed: false,
      });
      opened.pending.delete(chunkIndex);
    };
    await runPool(order, tuner.most, send, signal);
  }

  private describe(
    { session, algorithm }: OpenUpload,
    chunk_index: number,
  ): ChunkWanted | Promise<ChunkWanted> {
    const wanted = { chunk_index, chunk_size: chunkBytes(session.plan, chunk_index) };
    if (!algorithm) return wanted;
    const bytes = this.source.chunk(session.plan, chunk_index);
    return this.shared.hasher(bytes, algorithm).then((checksum) => {
      this.assertSame(chunk_index, checksum);
      return { ...wanted, checksum };
    });
  }

  /** Throws if an earlier try of this chunk had another checksum: the file was changed since. */
  private assertSame(chunkIndex: number, checksum: string): void {
    const earlier = this.checksums.get(chunkIndex) ?? checksum;
    if (earlier !== checksum) throw new UnreadableError();
    this.checksums.set(chunkIndex, checksum);
  }

  /**
   * Sends one chunk, with retries. An expired URL, a refused checksum and a lost connection look the same in a browser, so
   * every retry reads the bytes again and sends them to a new URL. The chunk of a file of one part cannot be sent twice
   * (412): it may be stored although its answer was lost, or was hidden by the browser.
   */
  private sendChunk(opened: OpenUpload, attempt: Attempt): Promise<void> {
    const { speed, tools, isReachable } = this.shared;
    const detector = new OriginRefusalDetector(isReachable);
    const send = async () => {
      try {
        if (attempt.hasFailed && (await this.isStored(opened, attempt))) return;
        while (!(await this.sendOnce(opened, attempt))) this.resetProgress(opened, attempt.chunkIndex);
      } catch (error) {
        this.resetProgress(opened, attempt.chunkIndex);
        throw error;
      }
    };
    const decide = async (error: unknown) => {
      if (!(error instanceof TransferError)) return false;
      attempt.hasFailed = true;
      if (error.timedOut) speed.timedOut();
      await abortable(this.source.assertReadable(), attempt.signal);
      const origin = this.mayBeRefused(opened, attempt, error) ? attempt.storageOrigin : null;
      if (await detector.isRefused(origin))
        throw new OriginRefusedError('storage', attempt.storageOrigin ?? '', { cause: error });
      return error.retryAfter;
    };
    const onWait = (why: 'offline' | 'retrying') => this.upload.interrupt(why);
    return withRetry(send, decide, { ...tools, onWait }, attempt.signal);
  }

  /** Whether storage has the only chunk of this file. Throws a DifferentFileError if it has other bytes. */
  private async isStored({ session, algorithm, meter }: OpenUpload, attempt: Attempt): Promise<boolean> {
    const { uploadId, plan } = session;
    if (plan.totalChunks > 1) return false;
    const { api, hasher } = this.shared;
    const { uploaded } = await api.resume(uploadId, undefined, attempt.signal);
    const stored = uploaded.find(({ chunk_index }) => chunk_index === attempt.chunkIndex);
    if (!stored) return false;
    const bytes = this.source.chunk(plan, attempt.chunkIndex);
    const result = await abortable(compareOne(bytes, stored, algorithm, hasher), attempt.signal);
    if (result === 'other') throw new DifferentFileError(uploadId);
    meter.chunkStored(attempt.chunkIndex);
    this.upload.emit('progress', meter.read());
    return true;
  }

  private resetProgress({ meter }: OpenUpload, chunkIndex: number): void {
    meter.chunkLost(chunkIndex);
    this.upload.emit('progress', meter.read());
  }

  /** Whether CORS may be the cause: no byte was sent, and storage has never accepted a part from this page. */
  private mayBeRefused(
    { session: { plan } }: OpenUpload,
    { hasSent }: Attempt,
    { status }: TransferError,
  ): boolean {
    return status === 0 && !hasSent && !this.shared.speed.hasStoredPart && plan.size > 0;
  }

  /** Returns false when a pause prevented it. */
  private async sendOnce(opened: OpenUpload, attempt: Attempt): Promise<boolean> {
    const { parts, throttle } = this.shared;
    const { chunkIndex, window, signal } = attempt;
    await abortable(this.turn.wait(), signal);
    if (!this.upload.isInterrupted) this.upload.setStage('uploading');
    const release = await parts.take(signal);
    try {
      const chunk = await abortable(window.take(chunkIndex), signal);
      attempt.storageOrigin = new URL(chunk.url).origin;
      await throttle.pass(chunkBytes(opened.session.plan, chunkIndex), signal);
      return !this.upload.paused && (await this.put(opened, attempt, chunk, release));
    } finally {
      release();
    }
  }

  /** Returns false when a pause stopped it. A pause calls `release`, so that other parts can use the connection. */
  private async put(
    opened: OpenUpload,
    attempt: Attempt,
    chunk: SignedChunk,
    release: () => void,
  ): Promise<boolean> {
    const { transport, tuner, speed, tools } = this.shared;
    const { pauseSignal, stopSignal } = this.upload.pauseControl;
    const body = this.source.chunk(opened.session.plan, attempt.chunkIndex);
    const onBytes = (bytes: number) => this.count(opened, attempt, bytes);
    const signal = AbortSignal.any([attempt.signal, stopSignal]);
    const began = tools.clock.now();
    pauseSignal.addEventListener('abort', release);
    try {
      await transport({ chunk, body, onBytes, timeouts: speed.timeouts(body.size), signal });
    } catch (error) {
      if (stopSignal.aborted) return false;
      if (error instanceof TransferError) tuner.partFailed(); // before another part gets the connection
      throw error;
    } finally {
      pauseSignal.removeEventListener('abort', release);
    }
    onBytes(body.size);
    tuner.partStored(body.size);
    speed.partStored(body.size, tools.clock.now() - began);
    return true;
  }

  private count({ meter }: OpenUpload, attempt: Attempt, bytes: number): void {
    attempt.hasSent ||= bytes > 0;
    if (bytes > 0) this.upload.recover();
    meter.chunkMoved(attempt.chunkIndex, bytes);
    this.upload.emit('progress', meter.read());
  }
}
