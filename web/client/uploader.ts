import { UploadApi } from './api';
import { type ChunkPlan, allChunks, planChunks, sliceChunk } from './chunks';
import { type Clock, type Random, systemClock } from './clock';
import { completeRequest, initRequest, type UploadDetails } from './details';
import { ApiError, TransferError, UnreadableError } from './errors';
import { type Fetch, HttpClient } from './http';
import { runPool } from './pool';
import { type Progress, ProgressMeter } from './progress';
import { type RetryPolicy, type RetryTools, defaultRetryPolicy, withRetry } from './retry';
import { SigningWindow } from './signing';
import { type Transport, xhrTransport } from './transfer';
import type { Credential, FileRecord, SignedChunk, Stage } from './types';
import { awaitVerdict } from './verdict';

export interface UploaderOptions {
  /** Where the service is; '' for the page's own origin. */
  endpoint: string;
  /** Chunks of one file under way at once. */
  parallelChunks?: number;
  /** How many URLs are fetched ahead of need, at most 1000. */
  signingWindow?: number;
  retry?: RetryPolicy;
  fetch?: Fetch;
  transport?: Transport;
  clock?: Clock;
  random?: Random;
}

/** An open upload: enough to carry on after a failure. */
export interface UploadSession {
  uploadId: string;
  fileId: string;
  plan: ChunkPlan;
}

export interface UploadHooks {
  /** An abort forgets the upload, at storage too. */
  signal?: AbortSignal;
  /** Carries on where an earlier try of the same file stopped. */
  resume?: UploadSession | undefined;
  onSession?: (session: UploadSession) => void;
  onProgress?: (progress: Progress) => void;
  /** All bytes are in storage and the file is recorded; the verdict is still open. */
  onStored?: (file: FileRecord) => void;
  onStage?: (stage: Stage) => void;
}

/** One file on its way, with what of it still has to be sent. */
interface Job {
  file: Blob;
  session: UploadSession;
  pending: number[];
  signed: SignedChunk[];
  meter: ProgressMeter;
  hooks: UploadHooks;
}

/** After so many answers «chunks are missing» to a complete, sending them again is given up. */
const MAX_COMPLETIONS = 4;

/** The open upload is gone for good; a new one takes its place. */
const GONE = new Set(['upload_not_found', 'upload_aborted', 'upload_expired']);
/** Every byte had arrived before the failure; completing again returns the same file. */
const ARRIVED = new Set(['file_already_uploaded', 'file_in_progress']);

export class Uploader {
  readonly http: HttpClient;
  readonly api: UploadApi;
  private readonly tools: RetryTools;
  private readonly transport: Transport;
  private readonly parallelChunks: number;
  private readonly signingWindow: number;

  constructor(options: UploaderOptions) {
    const { endpoint, fetch = globalThis.fetch.bind(globalThis), transport = xhrTransport } = options;
    const { clock = systemClock, random = Math.random, retry = defaultRetryPolicy } = options;
    this.tools = { clock, random, policy: retry };
    this.http = new HttpClient(endpoint, fetch, this.tools);
    this.api = new UploadApi(this.http);
    this.transport = transport;
    this.parallelChunks = options.parallelChunks ?? 4;
    this.signingWindow = options.signingWindow ?? 64;
  }

  /**
   * Sends a file and waits for its verdict. Throws an ApiError (refused), UnreachableError, TransferError (storage did
   * not take it), UnreadableError, or the signal's reason. A failure keeps the upload open: pass its session as
   * `resume` to carry on.
   */
  async upload(file: Blob, details: UploadDetails, hooks: UploadHooks = {}): Promise<FileRecord> {
    const job = await this.initialize(file, details, hooks);
    const stored = await this.forgetOnAbort(job, async () => {
      await this.sendChunks(job, job.pending, job.signed);
      hooks.onStage?.('completing');
      return this.complete(job, details);
    });
    hooks.onStored?.(stored);
    return this.awaitVerdict(stored.id, details.credential, hooks);
  }

  /** Polls the file's status until there is a verdict, and returns the file as it then is. */
  awaitVerdict(fileId: string, credential?: Credential, hooks: UploadHooks = {}): Promise<FileRecord> {
    return awaitVerdict(fileId, { api: this.api, clock: this.tools.clock, credential, ...hooks });
  }

  private async initialize(file: Blob, details: UploadDetails, hooks: UploadHooks): Promise<Job> {
    const job =
      (hooks.resume && (await this.reopen(file, hooks.resume, hooks))) ??
      (await this.open(file, details, hooks));
    hooks.onSession?.(job.session);
    return job;
  }

  private async open(file: Blob, details: UploadDetails, hooks: UploadHooks): Promise<Job> {
    const reply = await this.api.init(initRequest(file, details), hooks.signal);
    const plan = planChunks(file.size, reply.chunk_size);
    const session = { uploadId: reply.upload_id, fileId: reply.file_id, plan };
    const meter = new ProgressMeter(plan, this.tools.clock);
    return { file, session, pending: allChunks(plan), signed: reply.chunks, meter, hooks };
  }

  /** Asks what storage already has; null where the upload no longer exists. */
  private async reopen(file: Blob, session: UploadSession, hooks: UploadHooks): Promise<Job | null> {
    const meter = new ProgressMeter(session.plan, this.tools.clock);
    const job: Job = { file, session, pending: [], signed: [], meter, hooks };
    try {
      const { missing, chunks } = await this.api.resume(session.uploadId, hooks.signal);
      const open = new Set(missing);
      for (const index of allChunks(session.plan)) if (!open.has(index)) meter.chunkStored(index);
      return { ...job, pending: missing, signed: chunks };
    } catch (error) {
      if (error instanceof ApiError && ARRIVED.has(error.code)) return job;
      if (error instanceof ApiError && GONE.has(error.code)) return null;
      throw error;
    }
  }

  private async sendChunks(job: Job, indexes: number[], signed: SignedChunk[] = []): Promise<void> {
    const { session, hooks } = job;
    const window = new SigningWindow(
      {
        api: this.api,
        uploadId: session.uploadId,
        plan: session.plan,
        order: indexes,
        window: this.signingWindow,
        serverNow: () => this.tools.clock.now() + this.http.clockSkew,
        signal: hooks.signal,
      },
      signed,
    );
    const send = (index: number, signal: AbortSignal) => this.sendChunk(job, index, window, signal);
    await runPool(indexes, this.parallelChunks, send, hooks.signal);
  }

  /**
   * One chunk, as often as it takes. An expired URL, a refusal and a lost connection look the same from a browser, so
   * every further try goes to a freshly signed URL.
   */
  private sendChunk(job: Job, index: number, window: SigningWindow, signal: AbortSignal): Promise<void> {
    const { file, session, meter, hooks } = job;
    const report = (bytes: number) => {
      meter.chunkMoved(index, bytes);
      hooks.onProgress?.(meter.read());
    };
    const send = async () => {
      const chunk = await window.take(index);
      const body = sliceChunk(file, session.plan, index);
      await this.transport({ chunk, body, onBytes: report, signal });
      report(body.size);
    };
    const judge = async (error: unknown) => {
      meter.chunkLost(index);
      if (!(error instanceof TransferError)) return false;
      await assertReadable(file);
      return 0;
    };
    return withRetry(send, judge, this.tools, signal);
  }

  /** Makes the file; chunks that storage turns out not to have are sent again. */
  private async complete(job: Job, details: UploadDetails): Promise<FileRecord> {
    const { uploadId, plan } = job.session;
    const request = completeRequest(job.file, details, uploadId, plan.totalChunks);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.api.complete(request, job.hooks.signal);
      } catch (error) {
        const missing = error instanceof ApiError && error.code === 'chunks_missing' ? error.missing : [];
        if (missing.length === 0 || attempt >= MAX_COMPLETIONS) throw error;
        for (const index of missing) job.meter.chunkLost(index);
        await this.sendChunks(job, missing);
      }
    }
  }

  private async forgetOnAbort<T>(job: Job, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      // The upload expires by itself where this request does not arrive either.
      if (job.hooks.signal?.aborted) await this.api.abort(job.session.uploadId).catch(() => undefined);
      throw error;
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
