import type { ChunkWanted } from './api';
import { chunkBytes, sliceChunk } from './chunks';
import { OriginRefusedError, TransferError, UnreadableError } from './errors';
import { abortable } from './timeouts';
import type { OpenUpload } from './opening';
import { OriginRefusalDetector } from './reachability';
import { runPool } from './pool';
import { withRetry } from './retry';
import type { Shared } from './shared';
import { SigningWindow } from './signing';
import type { SignedChunk } from './types';
import type { Turn } from './turn';
import type { Upload } from './upload';

/** A chunk that is tried. */
interface Attempt {
  chunkIndex: number;
  window: SigningWindow;
  signal: AbortSignal;
  /** Where storage is, once that is known. */
  address: string | null;
  /** Bytes have left, in this try or one before. */
  moved: boolean;
}

/** Sends what is pending of a file, straight to storage. */
export class ChunkSender {
  constructor(
    private readonly shared: Shared,
    private readonly file: Blob,
    private readonly upload: Upload,
    private readonly turn: Turn,
  ) {}

  /** Returns when nothing is pending any more. Throws what no further try helps against, or the upload's reason. */
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
      await this.sendChunk(opened, { chunkIndex, window, signal: either, address: null, moved: false });
      opened.pending.delete(chunkIndex);
    };
    await runPool(order, tuner.most, send, signal);
  }

  private describe({ session, algorithm }: OpenUpload, chunk_index: number): ChunkWanted | Promise<ChunkWanted> {
    const wanted = { chunk_index, chunk_size: chunkBytes(session.plan, chunk_index) };
    if (!algorithm) return wanted;
    const bytes = sliceChunk(this.file, session.plan, chunk_index);
    return this.shared.hasher(bytes, algorithm).then((checksum) => ({ ...wanted, checksum }));
  }

  /**
   * One chunk, as often as it takes. An expired URL, a refused checksum and a lost connection look the same from a
   * browser, so for every further try the bytes are read anew, and sent to a freshly signed URL.
   */
  private sendChunk(opened: OpenUpload, attempt: Attempt): Promise<void> {
    const { speed, tools, isReachable } = this.shared;
    const detector = new OriginRefusalDetector(isReachable);
    const send = async () => {
      try {
        while (!(await this.sendOnce(opened, attempt))) this.lose(opened, attempt.chunkIndex);
      } catch (error) {
        this.lose(opened, attempt.chunkIndex);
        throw error;
      }
    };
    const decide = async (error: unknown) => {
      if (!(error instanceof TransferError)) return false;
      if (error.timedOut) speed.timedOut();
      await abortable(assertReadable(this.file), attempt.signal);
      const address = this.mayBeRefused(attempt, error) ? attempt.address : null;
      if (await detector.isRefused(address)) throw new OriginRefusedError('storage', { cause: error });
      return error.retryAfter;
    };
    return withRetry(send, decide, tools, attempt.signal);
  }

  private lose({ meter }: OpenUpload, chunkIndex: number): void {
    meter.chunkLost(chunkIndex);
    this.upload.emit('progress', meter.read());
  }

  /** Whether not a byte has left, for a storage that has never taken one from this page. */
  private mayBeRefused({ moved }: Attempt, { status }: TransferError): boolean {
    return status === 0 && !moved && !this.shared.speed.hasStoredPart && this.file.size > 0;
  }

  /** False where a pause came before it could arrive. */
  private async sendOnce(opened: OpenUpload, attempt: Attempt): Promise<boolean> {
    const { parts, throttle } = this.shared;
    const { chunkIndex, window, signal } = attempt;
    await abortable(this.turn.wait(), signal);
    this.upload.setStage('uploading');
    const leave = await parts.take(signal);
    try {
      const chunk = await abortable(window.take(chunkIndex), signal);
      attempt.address = new URL(chunk.url).origin;
      await throttle.pass(chunkBytes(opened.session.plan, chunkIndex), signal);
      return !this.upload.paused && (await this.put(opened, attempt, chunk, leave));
    } finally {
      leave();
    }
  }

  /** False where a pause stopped it. From a pause on it keeps nobody from a connection: `leave` is called. */
  private async put(opened: OpenUpload, attempt: Attempt, chunk: SignedChunk, leave: () => void): Promise<boolean> {
    const { transport, tuner, speed, tools } = this.shared;
    const { pauseSignal, stopSignal } = this.upload.pauseControl;
    const body = sliceChunk(this.file, opened.session.plan, attempt.chunkIndex);
    const onBytes = (bytes: number) => this.count(opened, attempt, bytes);
    const signal = AbortSignal.any([attempt.signal, stopSignal]);
    const began = tools.clock.now();
    pauseSignal.addEventListener('abort', leave);
    try {
      await transport({ chunk, body, onBytes, timeouts: speed.timeouts(body.size), signal });
    } catch (error) {
      if (stopSignal.aborted) return false;
      if (error instanceof TransferError) tuner.failed(); // before its connection is another part's
      throw error;
    } finally {
      pauseSignal.removeEventListener('abort', leave);
    }
    onBytes(body.size);
    tuner.arrived(body.size);
    speed.arrived(body.size, tools.clock.now() - began);
    return true;
  }

  private count({ meter }: OpenUpload, attempt: Attempt, bytes: number): void {
    attempt.moved ||= bytes > 0;
    meter.chunkMoved(attempt.chunkIndex, bytes);
    this.upload.emit('progress', meter.read());
  }
}

/** A chosen file that was changed or deleted since fails like a lost connection does; reading its two ends tells. */
async function assertReadable(file: Blob): Promise<void> {
  const ends = [file.slice(0, 1), file.slice(Math.max(0, file.size - 1))];
  const read = await Promise.all(ends.map((end) => end.arrayBuffer())).catch((cause: unknown) => {
    throw new UnreadableError({ cause });
  });
  if (file.size > 0 && read.some(({ byteLength }) => byteLength === 0)) throw new UnreadableError();
}
