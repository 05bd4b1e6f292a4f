import type { ChunkWanted } from './api';
import { chunkBytes, sliceChunk } from './chunks';
import { completeRequest } from './details';
import { ApiError, TransferError, UnreadableError } from './errors';
import { forget, type Job, Opening } from './opening';
import { runPool } from './pool';
import { withRetry } from './retry';
import type { RunOptions, Shared } from './shared';
import { SigningWindow } from './signing';
import type { FileRecord, Stage } from './types';
import type { Upload } from './upload';
import { awaitVerdict } from './verdict';

/** After so many answers «chunks are missing» to a complete, sending them again is given up. */
const MAX_COMPLETIONS = 4;

/** One file from its turn to its verdict. */
export class Run {
  private readonly file: Blob;

  constructor(
    private readonly shared: Shared,
    private readonly options: RunOptions,
    private readonly upload: Upload,
  ) {
    this.file = options.file;
  }

  async go(): Promise<FileRecord> {
    const { signal } = this.upload;
    this.upload.tell('stage', 'waiting');
    const leave = await this.shared.files.take(signal);
    let stored: FileRecord;
    try {
      this.upload.enter('uploading');
      stored = await this.store();
    } finally {
      leave();
    }
    this.upload.tell('stored', stored);
    const { api, tools } = this.shared;
    const { credential } = this.options.details;
    const onStage = (stage: Stage) => this.upload.enter(stage);
    return awaitVerdict(stored.id, { api, clock: tools.clock, credential, signal, onStage });
  }

  /** All bytes into storage, and the file recorded. An abort on the way forgets the upload. */
  private async store(): Promise<FileRecord> {
    const job = await new Opening(this.shared, this.options, this.upload).open();
    const { uploadId } = job.session;
    try {
      this.upload.tell('session', job.session);
      await this.sendPending(job);
      const file = await this.complete(job);
      await forget(this.shared, uploadId);
      return file;
    } catch (error) {
      if (this.upload.signal.aborted) {
        // The upload expires by itself where this request does not arrive either.
        await this.shared.api.abort(uploadId).catch(() => undefined);
        await forget(this.shared, uploadId);
      }
      throw error;
    } finally {
      this.shared.claims.rest(uploadId);
    }
  }

  /** Until nothing is pending, pauses included. */
  private async sendPending(job: Job): Promise<void> {
    const { gate, signal } = this.upload;
    while (job.pending.size > 0) {
      await gate.passed(signal);
      this.upload.enter('uploading');
      const { brake } = gate;
      try {
        await this.sendChunks(job, AbortSignal.any([signal, brake]));
      } catch (error) {
        if (signal.aborted || !brake.aborted) throw error;
      }
    }
  }

  private async sendChunks(job: Job, signal: AbortSignal): Promise<void> {
    const order = [...job.pending].sort((a, b) => a - b);
    const { api, tools, http, signingWindow, tuner } = this.shared;
    const window = new SigningWindow(
      {
        api,
        uploadId: job.session.uploadId,
        order,
        window: signingWindow,
        describe: (chunkIndex) => this.describe(job, chunkIndex),
        serverNow: () => tools.clock.now() + http.clockSkew,
        signal,
      },
      job.signed.splice(0),
    );
    const send = async (chunkIndex: number, either: AbortSignal) => {
      await this.sendChunk(job, chunkIndex, window, either);
      job.pending.delete(chunkIndex);
    };
    await runPool(order, tuner.most, send, signal);
  }

  private describe({ session, algorithm }: Job, chunk_index: number): ChunkWanted | Promise<ChunkWanted> {
    const wanted = { chunk_index, chunk_size: chunkBytes(session.plan, chunk_index) };
    if (!algorithm) return wanted;
    const bytes = sliceChunk(this.file, session.plan, chunk_index);
    return this.shared.hasher(bytes, algorithm).then((checksum) => ({ ...wanted, checksum }));
  }

  /**
   * One chunk, as often as it takes. An expired URL, a refused checksum and a lost connection look the same from a
   * browser, so for every further try the bytes are read anew, and sent to a freshly signed URL.
   */
  private sendChunk(job: Job, chunkIndex: number, window: SigningWindow, signal: AbortSignal): Promise<void> {
    const { tuner, tools } = this.shared;
    const send = async () => {
      try {
        await this.sendOnce(job, chunkIndex, window, signal);
      } catch (error) {
        job.meter.chunkLost(chunkIndex);
        this.upload.tell('progress', job.meter.read());
        throw error;
      }
    };
    const judge = async (error: unknown) => {
      if (!(error instanceof TransferError)) return false;
      tuner.failed();
      await assertReadable(this.file);
      return error.retryAfter;
    };
    return withRetry(send, judge, tools, signal);
  }

  private async sendOnce(
    job: Job,
    chunkIndex: number,
    window: SigningWindow,
    signal: AbortSignal,
  ): Promise<void> {
    const { parts, throttle, transport, tuner } = this.shared;
    const leave = await parts.take(signal);
    try {
      const chunk = await window.take(chunkIndex);
      const body = sliceChunk(this.file, job.session.plan, chunkIndex);
      await throttle.pass(body.size, signal);
      const onBytes = (bytes: number) => {
        job.meter.chunkMoved(chunkIndex, bytes);
        this.upload.tell('progress', job.meter.read());
      };
      await transport({ chunk, body, onBytes, signal });
      onBytes(body.size);
      tuner.arrived(body.size);
    } finally {
      leave();
    }
  }

  /** Makes the file; chunks that storage turns out not to have are sent again. */
  private async complete(job: Job): Promise<FileRecord> {
    const { uploadId, plan } = job.session;
    const { signal, gate } = this.upload;
    const request = completeRequest(this.file, this.options.details, uploadId, plan.totalChunks);
    for (let attempt = 1; ; attempt += 1) {
      await gate.passed(signal);
      this.upload.enter('completing');
      try {
        return await this.shared.api.complete(request, signal);
      } catch (error) {
        const missing = error instanceof ApiError && error.code === 'chunks_missing' ? error.missing : [];
        if (missing.length === 0 || attempt >= MAX_COMPLETIONS) throw error;
        for (const chunkIndex of missing) {
          job.meter.chunkLost(chunkIndex);
          job.pending.add(chunkIndex);
        }
        await this.sendPending(job);
      }
    }
  }
}

/** A chosen file that was changed or deleted since fails like a lost connection does; reading one byte tells. */
async function assertReadable(file: Blob): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch (cause) {
    throw new UnreadableError({ cause });
  }
}
