import { allChunks, chunkBytes } from './chunks';
import { compareStored } from './compare';
import { completeRequest } from './details';
import { AlreadyStoredError, ApiError, UnreadableError } from './errors';
import { raced } from './gate';
import { waitBeforeRepeating } from './http';
import { inTime } from './limits';
import { ARRIVED, forget, GONE, type Job, Opening } from './opening';
import { backoffDelay } from './retry';
import { Sending } from './sending';
import type { RunOptions, Shared } from './shared';
import { Turn } from './turn';
import type { FileRecord, Stage } from './types';
import type { Upload } from './upload';
import { awaitVerdict } from './verdict';

/** After so many completes that storage had no file for, the upload fails; it stays open. */
const MAX_COMPLETIONS = 4;
/** Refusals of a complete that may pass: storage lacks parts, or does not take them (InvalidPart, for a moment). */
const MAY_PASS = new Set(['chunks_missing', 'size_mismatch']);
/** How long an abort waits until the service has heard of it; it is told later where that takes longer. Milliseconds. */
const ABORT_PATIENCE = 10_000;
/** How often progress is told while nothing else happens: what stands still is not to look fast. Milliseconds. */
const TICK = 1_000;

/** One file from its turn to its verdict. */
export class Run {
  private readonly file: Blob;
  private readonly turn: Turn;
  private readonly sending: Sending;
  /** A complete was asked for: there may be a file. */
  private mayBeStored = false;

  constructor(
    private readonly shared: Shared,
    private readonly options: RunOptions,
    private readonly upload: Upload,
  ) {
    this.file = options.file;
    this.turn = new Turn(shared.files, upload);
    this.sending = new Sending(shared, this.file, upload, this.turn);
  }

  async go(): Promise<FileRecord> {
    const { signal } = this.upload;
    this.upload.tell('stage', 'waiting');
    let stored: FileRecord;
    try {
      await this.turn.wait();
      this.upload.enter('uploading');
      stored = await this.store();
    } finally {
      this.turn.end();
    }
    this.upload.tell('stored', stored);
    const { api, tools } = this.shared;
    const { credential } = this.options.details;
    const onStage = (stage: Stage) => this.upload.enter(stage);
    return awaitVerdict(stored.id, { api, clock: tools.clock, credential, signal, onStage });
  }

  /** All bytes into storage, and the file recorded. An abort on the way forgets the upload. */
  private async store(): Promise<FileRecord> {
    const opening = new Opening(this.shared, this.options, this.upload, this.turn);
    let job: Job | undefined;
    try {
      job = await opening.open();
      this.upload.tell('session', job.session);
      const file = await this.transfer(job);
      await forget(this.shared, job.session.uploadId);
      return file;
    } catch (error) {
      const uploadId = job?.session.uploadId ?? opening.ours;
      if (!uploadId) throw error;
      if (this.upload.signal.aborted) return await this.abandon(uploadId, job?.session.fileId ?? '');
      this.shared.claims.rest(uploadId);
      throw error;
    }
  }

  private async transfer(job: Job): Promise<FileRecord> {
    const ticker = setInterval(() => this.tick(job), TICK);
    try {
      if (job.pending.size > 0) {
        await this.sending.send(job);
        job.compared = false;
      }
      if (!job.compared) await this.assertUnchanged(job);
      return await this.complete(job);
    } finally {
      clearInterval(ticker);
    }
  }

  /** Says how it stands, though nothing happens. */
  private tick({ meter }: Job): void {
    const { stage } = this.upload;
    if (stage !== 'uploading' && stage !== 'offline') return;
    this.upload.enter(this.shared.tools.network.isOnline() ? 'uploading' : 'offline');
    this.upload.tell('progress', meter.read());
  }

  /** A browser that does not notice that a file changes has sent parts of several versions: storage says of which. */
  private async assertUnchanged({ session: { uploadId, plan } }: Job): Promise<void> {
    const { api, hasher, compareAfterwards } = this.shared;
    if (!compareAfterwards || !(this.file instanceof File)) return;
    await this.turn.wait();
    this.upload.enter('comparing');
    const reply = await api.resume(uploadId, this.options.details.credential, this.upload.signal);
    const goesOn = () => this.turn.wait();
    const compared = compareStored(this.file, plan, reply, hasher, () => undefined, goesOn);
    const { other } = await raced(compared, this.upload.signal);
    if (other.length > 0) throw new UnreadableError();
  }

  /** Makes the file. Where storage cannot make it of what it has, it gets the chunks that it lacks, and is asked again. */
  private async complete(job: Job): Promise<FileRecord> {
    const { uploadId, plan } = job.session;
    const request = completeRequest(this.file, this.options.details, uploadId, plan.totalChunks);
    for (let attempt = 1; ;) {
      await this.turn.wait();
      this.upload.enter('completing');
      this.mayBeStored = true;
      try {
        return await this.shared.api.complete(request, this.upload.signal);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === 'completion_in_progress') continue; // a large file may take storage minutes
        if (!MAY_PASS.has(error.code) || attempt === MAX_COMPLETIONS) throw error;
        await this.repair(job, error, attempt);
        attempt += 1;
      }
    }
  }

  /** Sends the chunks that storage lacks again. Where it lacks none, it is given a moment. */
  private async repair(job: Job, refusal: ApiError, attempt: number): Promise<void> {
    const lacking = refusal.missing.length > 0 ? refusal.missing : await this.lacking(job, refusal);
    if (lacking.length === 0) {
      const { clock, policy } = this.shared.tools;
      return clock.sleep(
        backoffDelay(attempt, policy, () => 1),
        this.upload.signal,
      );
    }
    for (const chunkIndex of lacking) {
      job.meter.chunkLost(chunkIndex);
      job.pending.add(chunkIndex);
    }
    return this.sending.send(job);
  }

  /** Asks which chunks storage lacks, or has in another length. Throws the refusal where the upload no longer exists. */
  private async lacking({ session: { uploadId, plan } }: Job, refusal: ApiError): Promise<number[]> {
    try {
      const { credential } = this.options.details;
      const { uploaded } = await this.shared.api.resume(uploadId, credential, this.upload.signal);
      const sizes = new Map(uploaded.map(({ chunk_index, size }) => [chunk_index, size]));
      return allChunks(plan).filter((chunkIndex) => sizes.get(chunkIndex) !== chunkBytes(plan, chunkIndex));
    } catch (error) {
      if (error instanceof ApiError && ARRIVED.has(error.code)) return []; // the next complete returns the file
      throw error instanceof ApiError && GONE.has(error.code) ? refusal : error;
    }
  }

  /**
   * What becomes of an upload that was aborted: throws the reason, or an AlreadyStoredError where the abort came too late.
   * Where the service cannot be asked it is told as soon as it can be, and until then this page keeps the upload; throws
   * why it cannot be where a file may have come of it.
   */
  private async abandon(uploadId: string, fileId: string): Promise<never> {
    const { api } = this.shared;
    const told = this.tellAbort(uploadId);
    told.catch(() => undefined);
    try {
      await inTime(ABORT_PATIENCE, () => told);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'upload_completed' && fileId) {
        const file = await api.get(fileId, this.options.details.credential);
        this.upload.tell('stored', file);
        throw new AlreadyStoredError(file);
      }
      if (this.mayBeStored) throw error;
    }
    throw this.upload.signal.reason as Error;
  }

  /** An upload of whose end the service does not hear stays remembered, so that it can be discarded later. */
  private async tellAbort(uploadId: string): Promise<void> {
    try {
      await this.shared.api.abort(uploadId);
    } catch (error) {
      if (waitBeforeRepeating(error) === false) await forget(this.shared, uploadId);
      else this.shared.claims.drop(uploadId);
      throw error;
    }
    await forget(this.shared, uploadId);
  }
}
