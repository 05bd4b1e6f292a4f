import type { ChunkWanted, UploadApi } from './api';
import type { ChecksumChoice } from './choice';
import { allChunks, chunkBytes, planChunks, sliceChunk } from './chunks';
import { compareStored } from './compare';
import { completeRequest, filenameOf, initRequest, type UploadDetails } from './details';
import { ApiError, DifferentFileError, TransferError, UnreadableError } from './errors';
import type { ChecksumAlgorithm } from './hash/hash';
import type { Hasher } from './hash/hasher';
import type { HttpClient } from './http';
import type { RememberedUpload, UploadMemory } from './memory';
import { runPool } from './pool';
import { ProgressMeter } from './progress';
import { type RetryTools, withRetry } from './retry';
import { SigningWindow } from './signing';
import type { Slots } from './slots';
import type { Throttle } from './throttle';
import type { Transport } from './transfer';
import type { Tuner } from './tuner';
import type { FileRecord, ResumeReply, SignedChunk, Stage } from './types';
import type { Upload, UploadSession } from './upload';
import { awaitVerdict } from './verdict';

/** What all files of an Uploader have in common. */
export interface Shared {
  http: HttpClient;
  api: UploadApi;
  tools: RetryTools;
  files: Slots;
  parts: Slots;
  tuner: Tuner;
  throttle: Throttle;
  checksums: ChecksumChoice;
  hasher: Hasher;
  memory: UploadMemory;
  transport: Transport;
  signingWindow: number;
}

export interface RunOptions {
  file: Blob;
  details: UploadDetails;
  /** What to carry on with: a session of this page is known to be of this file, an upload_id has to show it. */
  from: { session?: UploadSession | undefined; uploadId?: string };
  unfinished: () => Promise<RememberedUpload[]>;
}

/** An open upload with what of it still has to be sent. */
interface Job {
  session: UploadSession;
  algorithm: ChecksumAlgorithm | null;
  pending: Set<number>;
  signed: SignedChunk[];
  meter: ProgressMeter;
}

/** After so many answers «chunks are missing» to a complete, sending them again is given up. */
const MAX_COMPLETIONS = 4;

/** The open upload is gone for good; a new one takes its place. */
const GONE = new Set(['upload_not_found', 'upload_aborted', 'upload_expired']);
/** Every byte had arrived before the failure; completing again returns the same file. */
const ARRIVED = new Set(['file_already_uploaded', 'file_in_progress']);

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
    const { signal } = this.upload;
    const job = await this.open();
    const { uploadId } = job.session;
    this.upload.tell('session', job.session);
    try {
      await this.sendPending(job);
      const file = await this.complete(job);
      await this.shared.memory.forget(uploadId);
      return file;
    } catch (error) {
      if (signal.aborted) {
        // The upload expires by itself where this request does not arrive either.
        await this.shared.api.abort(uploadId).catch(() => undefined);
        await this.shared.memory.forget(uploadId);
      }
      throw error;
    }
  }

  /** The upload to go on with: the one asked for, one that an earlier page left, or a new one. */
  private async open(): Promise<Job> {
    const { session, uploadId } = this.options.from;
    if (uploadId) {
      const job = await this.reopen(uploadId, null);
      if (job) return job;
      throw new DifferentFileError(uploadId);
    }
    if (session) return (await this.unlessGone(() => this.reopen(session.uploadId, session))) ?? this.init();
    const left = await this.leftBehind();
    if (!left) return this.init();
    const job = await this.unlessGone(() => this.reopen(left.upload_id, null));
    if (job === undefined) await this.shared.memory.forget(left.upload_id);
    if (job === null) this.upload.tell('different', { uploadId: left.upload_id });
    return job ?? this.init();
  }

  /** An unfinished upload of a file of this name and size. */
  private async leftBehind(): Promise<RememberedUpload | undefined> {
    const name = filenameOf(this.file, this.options.details);
    const all = await this.options.unfinished();
    return all.find((left) => left.name === name && left.size === this.file.size);
  }

  private async init(): Promise<Job> {
    const { api, checksums, tools, memory, http } = this.shared;
    const { file } = this;
    const { details } = this.options;
    const [reply, algorithm] = await checksums.settle((wanted) =>
      api.init(initRequest(file, details, wanted), this.upload.signal),
    );
    const { upload_id, file_id, expires_at } = reply;
    const plan = planChunks(file.size, reply.chunk_size);
    await memory.remember({
      upload_id,
      file_id,
      expires_at,
      endpoint: http.endpoint,
      name: filenameOf(file, details),
      size: file.size,
      last_modified: file instanceof File ? file.lastModified : 0,
    });
    return {
      session: { uploadId: upload_id, fileId: file_id, plan },
      algorithm,
      pending: new Set(allChunks(plan)),
      signed: reply.chunks,
      meter: new ProgressMeter(plan, tools.clock),
    };
  }

  /** Asks what storage already has. Null where that is of another file; a session of this page is not compared. */
  private async reopen(uploadId: string, session: UploadSession | null): Promise<Job | null> {
    let reply: ResumeReply;
    try {
      reply = await this.shared.api.resume(uploadId, this.upload.signal);
    } catch (error) {
      if (error instanceof ApiError && ARRIVED.has(error.code)) return this.arrived(uploadId, session);
      throw error;
    }
    if (reply.size !== null && reply.size !== this.file.size) return null;
    const plan = planChunks(this.file.size, reply.chunk_size);
    const meter = new ProgressMeter(plan, this.shared.tools.clock);
    const pending = new Set(reply.missing);
    if (session) for (const { chunk_index } of reply.uploaded) meter.chunkStored(chunk_index);
    else if (!(await this.compare(reply, meter, pending))) return null;
    return {
      session: { uploadId, fileId: reply.file_id, plan },
      algorithm: reply.checksum_algorithm,
      pending,
      signed: reply.chunks,
      meter,
    };
  }

  /** Leaves pending what is not known to be this file's own; false where some is another's, and none its own. */
  private async compare(reply: ResumeReply, meter: ProgressMeter, pending: Set<number>): Promise<boolean> {
    this.upload.enter('comparing');
    const plan = planChunks(this.file.size, reply.chunk_size);
    const tell = (chunkIndex: number, result: string) => {
      if (result === 'same') meter.chunkStored(chunkIndex);
      this.upload.tell('progress', meter.read());
    };
    const { hasher } = this.shared;
    const { same, other, unknown } = await compareStored(
      this.file,
      plan,
      reply,
      hasher,
      tell,
      this.upload.signal,
    );
    for (const chunkIndex of [...other, ...unknown]) pending.add(chunkIndex);
    return same.length > 0 || other.length === 0;
  }

  private arrived(uploadId: string, session: UploadSession | null): Job {
    const plan = session?.plan ?? planChunks(this.file.size, Math.max(1, this.file.size));
    const meter = new ProgressMeter(plan, this.shared.tools.clock);
    const known = session ?? { uploadId, fileId: '', plan };
    return { session: known, algorithm: null, pending: new Set(), signed: [], meter };
  }

  /** Undefined where the upload no longer exists. */
  private async unlessGone<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof ApiError && GONE.has(error.code)) return undefined;
      throw error;
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
