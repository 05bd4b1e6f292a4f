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

/** After so many completes that storage had no file for, the upload fails; it stays open. */
const MAX_COMPLETIONS = 4;
/** Refusals of a complete that may pass: storage lacks parts, or does not take them (InvalidPart, for a moment). */
const TEMPORARY_CODES = new Set(['chunks_missing', 'size_mismatch']);
/** How long an abort waits until the service has heard of it; it is told later where that takes longer. Milliseconds. */
const ABORT_PATIENCE = 10_000;
/** How often progress is told while nothing else happens: what stands still is not to look fast. Milliseconds. */
const TICK = 1_000;

/** One file from its turn to its verdict. */
export class Run {
  private readonly file: Blob;
  private readonly turn: Turn;
  private readonly sending: ChunkSender;
  /** A complete was asked for: there may be a file. */
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
    return awaitVerdict(stored.id, { api, clock: tools.clock, credential, signal, onStage });
  }

  /** All bytes into storage, and the file recorded. An abort on the way forgets the upload. */
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
      const uploadId = opened?.session.uploadId ?? opening.ours;
      if (!uploadId) throw error;
      if (this.upload.signal.aborted) return await this.abandon(uploadId, opened?.session.fileId ?? '');
      this.shared.claims.markIdle(uploadId);
      throw error;
    }
  }

  private async transfer(opened: OpenUpload): Promise<FileRecord> {
    const ticker = setInterval(() => this.tick(opened), TICK);
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

  /** Says how it stands, though nothing happens. */
  private tick({ meter }: OpenUpload): void {
    const { stage } = this.upload;
    if (stage !== 'uploading' && stage !== 'offline') return;
    this.upload.setStage(this.shared.tools.network.isOnline() ? 'uploading' : 'offline');
    this.upload.emit('progress', meter.read());
  }

  /** A browser that does not notice that a file changes has sent parts of several versions: storage says of which. */
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

  /** Makes the file. Where storage cannot make it of what it has, it gets the chunks that it lacks, and is asked again. */
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
        if (error.code === 'completion_in_progress') continue; // a large file may take storage minutes
        if (!TEMPORARY_CODES.has(error.code) || attempt === MAX_COMPLETIONS) throw error;
        await this.repair(opened, error, attempt);
        attempt += 1;
      }
    }
  }

  /** Sends the chunks that storage lacks again. Where it lacks none, it is given a moment. */
  private async repair(opened: OpenUpload, refusal: ApiError, attempt: number): Promise<void> {
    const lacking = refusal.missing.length > 0 ? refusal.missing : await this.lacking(opened, refusal);
    if (lacking.length === 0) {
      const { clock, policy } = this.shared.tools;
      return clock.sleep(
        backoffDelay(attempt, policy, () => 1),
        this.upload.signal,
      );
    }
    for (const chunkIndex of lacking) {
      opened.meter.chunkLost(chunkIndex);
      opened.pending.add(chunkIndex);
    }
    return this.sending.send(opened);
  }

  /** Asks which chunks storage lacks, or has in another length. Throws the refusal where the upload no longer exists. */
  private async lacking({ session: { uploadId, plan } }: OpenUpload, refusal: ApiError): Promise<number[]> {
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
   * What becomes of an upload that was aborted: throws the reason, or an AlreadyStoredError where the abort came too late.
   * Where the service cannot be asked it is told as soon as it can be, and until then this page keeps the upload; throws
   * why it cannot be where a file may have come of it.
   */
  private async abandon(uploadId: string, fileId: string): Promise<never> {
    const { api } = this.shared;
    const told = this.sendAbort(uploadId);
    told.catch(() => undefined);
    try {
      await withTimeout(ABORT_PATIENCE, () => told);
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

  /** An upload of whose end the service does not hear stays remembered, so that it can be discarded later. */
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
