import { allChunks, chunkBytes } from './chunks';
import { compareStored } from './compare';
import { completeRequest } from './details';
import { AlreadyStoredError, ApiError, UnreadableError } from './errors';
import { waitBeforeRepeating } from './http';
import { abortable, withTimeout } from './timeouts';
import { STORED_CODES, forget, GONE_CODES, type OpenUpload, Opening } from './opening';
import { backoffDelay } from './retry';
import { ChunkSender } from './sending';
import type { RunOptions, Shared } from './shared';
import { Turn } from './turn';
import type { FileRecord, Stage } from './types';
import type { Upload } from './upload';
import { awaitVerdict } from './verdict';

/** After this many refused completes the upload fails, and stays open. */
const MAX_COMPLETIONS = 4;
/** Error codes of completes that can be repeated: parts are missing, or storage refuses them temporarily (InvalidPart). */
const TEMPORARY_CODES = new Set(['chunks_missing', 'size_mismatch']);
/** How long an abort waits for the service; after that it continues in the background. Milliseconds. */
const ABORT_TIMEOUT = 10_000;
/** Interval of progress events without a transfer event, so that the speed goes down. Milliseconds. */
const PROGRESS_INTERVAL = 1_000;

/** Runs the upload of one file until its verdict. */
export class Run {
  private readonly file: Blob;
  private readonly turn: Turn;
  private readonly sending: ChunkSender;
  /** Complete was called, so the file may exist. */
  private mayBeStored = false;

  constructor(
    private readonly shared: Shared,
    private readonly options: RunOptions,
    private readonly upload: Upload,
  ) {
    this.file = options.file;
    this.turn = new Turn(shared.files, upload);
    this.sending = new ChunkSender(shared, this.file, upload, this.turn);
  }

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
    const { credential } = this.options.details;
    const onStage = (stage: Stage) => this.upload.setStage(stage);
    return awaitVerdict(stored.id, { api, clock: tools.clock, credential, signal, onStage, stored });
  }

  /** Sends all bytes and completes the upload. An abort meanwhile aborts the upload. */
  private async store(): Promise<FileRecord> {
    const opening = new Opening(this.shared, this.options, this.upload, this.turn);
    let opened: OpenUpload | undefined;
    try {
      opened = await opening.open();
      this.upload.emit('session', opened.session);
      const file = await this.transfer(opened);
      await forget(this.shared, opened.session.uploadId);
      return file;
    } catch (error) {
      const uploadId = opened?.session.uploadId ?? opening.ownUploadId;
      if (!uploadId) throw error;
      if (this.upload.signal.aborted) return await this.abandon(uploadId, opened?.session.fileId ?? '');
      this.shared.claims.markIdle(uploadId);
      throw error;
    }
  }

  private async transfer(opened: OpenUpload): Promise<FileRecord> {
    const ticker = setInterval(() => this.tick(opened), PROGRESS_INTERVAL);
    try {
      if (opened.pending.size > 0) {
        await this.sending.send(opened);
        opened.compared = false;
      }
      if (!opened.compared) await this.assertUnchanged(opened);
      return await this.complete(opened);
    } finally {
      clearInterval(ticker);
    }
  }

  /** Emits progress, and whether there is a network. */
  private tick({ meter }: OpenUpload): void {
    const { stage } = this.upload;
    if (stage !== 'uploading' && stage !== 'offline') return;
    this.upload.setStage(this.shared.tools.network.isOnline() ? 'uploading' : 'offline');
    this.upload.emit('progress', meter.read());
  }

  /** Compares the file with storage: browsers that do not detect changes may have sent parts of several versions. */
  private async assertUnchanged({ session: { uploadId, plan } }: OpenUpload): Promise<void> {
    const { api, hasher, compareAfterwards } = this.shared;
    if (!compareAfterwards || !(this.file instanceof File)) return;
    await this.turn.wait();
    this.upload.setStage('comparing');
    const reply = await api.resume(uploadId, this.options.details.credential, this.upload.signal);
    const beforeEach = () => this.turn.wait();
    const compared = compareStored(this.file, plan, reply, hasher, () => undefined, beforeEach);
    const { other } = await abortable(compared, this.upload.signal);
    if (other.length > 0) throw new UnreadableError();
  }

  /** Completes the upload. When storage lacks chunks, sends them and completes again. */
  private async complete(opened: OpenUpload): Promise<FileRecord> {
    const { uploadId, plan } = opened.session;
    const request = completeRequest(this.file, this.options.details, uploadId, plan.totalChunks);
    for (let attempt = 1; ;) {
      await this.turn.wait();
      this.upload.setStage('completing');
      this.mayBeStored = true;
      try {
        return await this.shared.api.complete(request, this.upload.signal);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === 'completion_in_progress') continue; // completing a large file can take minutes
        if (!TEMPORARY_CODES.has(error.code) || attempt === MAX_COMPLETIONS) throw error;
        await this.repair(opened, error, attempt);
        attempt += 1;
      }
    }
  }

  /** Sends missing chunks again; when none is missing, waits before the next complete. */
  private async repair(opened: OpenUpload, refusal: ApiError, attempt: number): Promise<void> {
    const missing = refusal.missing.length > 0 ? refusal.missing : await this.missingChunks(opened, refusal);
    if (missing.length === 0) {
      const { clock, policy } = this.shared.tools;
      return clock.sleep(
        backoffDelay(attempt, policy, () => 1),
        this.upload.signal,
      );
    }
    for (const chunkIndex of missing) {
      opened.meter.chunkLost(chunkIndex);
      opened.pending.add(chunkIndex);
    }
    return this.sending.send(opened);
  }

  /** Returns the chunks that are missing or have another size. Throws `refusal` when the upload no longer exists. */
  private async missingChunks(
    { session: { uploadId, plan } }: OpenUpload,
    refusal: ApiError,
  ): Promise<number[]> {
    try {
      const { credential } = this.options.details;
      const { uploaded } = await this.shared.api.resume(uploadId, credential, this.upload.signal);
      const sizes = new Map(uploaded.map(({ chunk_index, size }) => [chunk_index, size]));
      return allChunks(plan).filter((chunkIndex) => sizes.get(chunkIndex) !== chunkBytes(plan, chunkIndex));
    } catch (error) {
      if (error instanceof ApiError && STORED_CODES.has(error.code)) return []; // the next complete returns the file
      throw error instanceof ApiError && GONE_CODES.has(error.code) ? refusal : error;
    }
  }

  /**
   * Aborts the upload at the service, then throws the abort's reason, or an AlreadyStoredError when it was too late. Without
   * an answer the call continues in the background, and the upload is kept in memory until then; when the file may
   * already exist, the call's error is thrown.
   */
  private async abandon(uploadId: string, fileId: string): Promise<never> {
    const { api } = this.shared;
    const call = this.sendAbort(uploadId);
    call.catch(() => undefined);
    try {
      await withTimeout(ABORT_TIMEOUT, () => call);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'upload_completed' && fileId) {
        const file = await api.get(fileId, this.options.details.credential);
        this.upload.emit('stored', file);
        throw new AlreadyStoredError(file);
      }
      if (this.mayBeStored) throw error;
    }
    throw this.upload.signal.reason as Error;
  }

  /** Keeps the upload in memory when the service cannot be reached, so that it can be discarded later. */
  private async sendAbort(uploadId: string): Promise<void> {
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
