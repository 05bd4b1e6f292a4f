import { ApiError, AlreadyStoredError } from '../api/errors';
import { waitBeforeRepeating } from '../api/http';
import { withTimeout } from '../network/timeouts';
import { forget, type OpenUpload } from './opening';
import { backoffDelay } from '../network/retry';
import type { Shared } from './shared';
import { Turn } from './turn';
import type { CompleteRequest, FileRecord, Stage } from '../api/types';
import { credentialOfReplaced, type UploadDetails } from '../api/details';
import type { Upload, UploadEvents } from './upload';
import { awaitVerdict } from '../api/verdict';

/** After this many refused completes the upload fails, and stays open. */
const MAX_COMPLETIONS = 4;
/** Error codes of completes that can be repeated: parts are missing, or storage refuses them temporarily (InvalidPart). */
const TEMPORARY_CODES = new Set(['chunks_missing', 'size_mismatch']);
/** How long an abort waits for the service; after that it continues in the background. Milliseconds. */
const ABORT_TIMEOUT = 10_000;
/** Interval of progress events without a transfer event, so that the speed goes down. Milliseconds. */
const PROGRESS_INTERVAL = 1_000;
/** The stages with progress events. */
const TRANSFERRING: ReadonlySet<UploadEvents['stage']> = new Set([
  'uploading',
  'offline',
  'retrying',
] as const);

/** Runs one upload until the file's verdict. */
export abstract class Run {
  protected readonly turn: Turn;
  /** Complete was called, so the file may exist. */
  private mayBeStored = false;

  constructor(
    protected readonly shared: Shared,
    protected readonly details: UploadDetails,
    protected readonly upload: Upload,
  ) {
    this.turn = new Turn(shared.files, upload);
  }

  /** Sends all bytes and completes the upload. An abort meanwhile aborts the upload. */
  protected abstract store(): Promise<FileRecord>;

  async go(): Promise<FileRecord> {
    const { signal } = this.upload;
    this.upload.emit('stage', 'waiting');
    let stored: FileRecord;
    try {
      await this.turn.wait();
      this.upload.setStage('uploading');
      stored = await this.store();
    } finally {
      this.turn.end();
    }
    this.upload.emit('stored', stored);
    const { api, tools } = this.shared;
    const { credential } = this.details;
    const onStage = (stage: Stage) => this.upload.setStage(stage);
    return awaitVerdict(stored.id, { api, clock: tools.clock, credential, signal, onStage, stored });
  }

  /** Emits progress, and whether there is a network, every second during `work`. */
  protected async withProgress<T>({ meter }: OpenUpload, work: () => Promise<T>): Promise<T> {
    const { upload, shared } = this;
    const ticker = setInterval(() => {
      if (!TRANSFERRING.has(upload.stage)) return;
      if (!shared.tools.network.isOnline()) upload.interrupt('offline');
      else if (upload.stage === 'offline') upload.recover();
      upload.emit('progress', meter.read());
    }, PROGRESS_INTERVAL);
    try {
      return await work();
    } finally {
      clearInterval(ticker);
    }
  }

  /** Completes the upload. Calls `repair` when storage lacks chunks or refuses them temporarily, and completes again. */
  protected async complete(
    request: CompleteRequest,
    repair: (refusal: ApiError, attempt: number) => Promise<void>,
  ): Promise<FileRecord> {
    for (let attempt = 1; ;) {
      await this.turn.wait();
      this.upload.setStage('completing');
      this.mayBeStored = true;
      try {
        const replaced = credentialOfReplaced(this.details);
        return await this.shared.api.complete(request, replaced, this.upload.signal);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === 'completion_in_progress') continue; // completing a large file can take minutes
        if (!TEMPORARY_CODES.has(error.code) || attempt === MAX_COMPLETIONS) throw error;
        await repair(error, attempt);
        attempt += 1;
      }
    }
  }

  /** Waits before the next complete, where storage lacks no chunk. */
  protected async waitForStorage(attempt: number): Promise<void> {
    const { clock, policy } = this.shared.tools;
    await clock.sleep(
      backoffDelay(attempt, policy, () => 1),
      this.upload.signal,
    );
  }

  /**
   * Aborts the upload at the service, then throws the abort's reason, or an AlreadyStoredError when it was too late. Without
   * an answer the call continues in the background, and the upload is kept in memory until then; when the file may
   * already exist, the call's error is thrown.
   */
  protected async abandon(uploadId: string, fileId: string): Promise<never> {
    const { api } = this.shared;
    const call = this.sendAbort(uploadId);
    call.catch(() => undefined);
    try {
      await withTimeout(ABORT_TIMEOUT, () => call);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'upload_completed' && fileId) {
        const file = await api.get(fileId, this.details.credential);
        this.upload.emit('stored', file);
        throw new AlreadyStoredError(file);
      }
      if (this.mayBeStored) throw error;
    }
    throw this.upload.signal.reason as Error;
  }

  /** Keeps the upload in memory when the service cannot be reached, so that it can be discarded later. */
  protected async sendAbort(uploadId: string): Promise<void> {
    try {
      await this.shared.api.abort(uploadId);
    } catch (error) {
      if (waitBeforeRepeating(error) === false) await forget(this.shared, uploadId);
      else this.shared.claims.release(uploadId);
      throw error;
    }
    await forget(this.shared, uploadId);
  }
}
