import { allChunks, chunkBytes } from '../transfer/chunks';
import { compareStored } from '../transfer/compare';
import { completeRequest } from '../api/details';
import { ApiError, UnreadableError } from '../api/errors';
import { abortable } from '../network/timeouts';
import { STORED_CODES, forget, GONE_CODES, type OpenUpload, Opening } from './opening';
import { Run } from './run';
import { ChunkSender } from './sending';
import type { FileOptions, Shared } from './shared';
import { fileSource } from '../transfer/source';
import type { FileRecord } from '../api/types';
import type { Upload } from './upload';

/** Runs the upload of a file, which can be read again: after a failure it stays open, to be resumed. */
export class FileRun extends Run {
  private readonly file: Blob;
  private readonly sending: ChunkSender;

  constructor(
    shared: Shared,
    private readonly options: FileOptions,
    upload: Upload,
  ) {
    super(shared, options.details, upload);
    this.file = options.file;
    this.sending = new ChunkSender(shared, fileSource(this.file), upload, this.turn);
  }

  protected override async store(): Promise<FileRecord> {
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

  private transfer(opened: OpenUpload): Promise<FileRecord> {
    return this.withProgress(opened, async () => {
      if (opened.pending.size > 0) {
        await this.sending.send(opened);
        opened.compared = false;
      }
      if (!opened.compared) await this.assertUnchanged(opened);
      const { uploadId, plan } = opened.session;
      const request = completeRequest(this.file, this.details, uploadId, plan.totalChunks);
      return this.complete(request, (refusal, attempt) => this.repair(opened, refusal, attempt));
    });
  }

  /** Compares the file with storage: browsers that do not detect changes may have sent parts of several versions. */
  private async assertUnchanged({ session: { uploadId, plan } }: OpenUpload): Promise<void> {
    const { api, hasher, compareAfterwards } = this.shared;
    if (!compareAfterwards || !(this.file instanceof File)) return;
    await this.turn.wait();
    this.upload.setStage('comparing');
    const reply = await api.resume(uploadId, this.details.credential, this.upload.signal);
    const beforeEach = () => this.turn.wait();
    const compared = compareStored(this.file, plan, reply, hasher, () => undefined, beforeEach);
    const { other } = await abortable(compared, this.upload.signal);
    if (other.length > 0) throw new UnreadableError();
  }

  /** Sends missing chunks again; when none is missing, waits before the next complete. */
  private async repair(opened: OpenUpload, refusal: ApiError, attempt: number): Promise<void> {
    const missing = refusal.missing.length > 0 ? refusal.missing : await this.missingChunks(opened, refusal);
    if (missing.length === 0) return this.waitForStorage(attempt);
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
      const { credential } = this.details;
      const { uploaded } = await this.shared.api.resume(uploadId, credential, this.upload.signal);
      const sizes = new Map(uploaded.map(({ chunk_index, size }) => [chunk_index, size]));
      return allChunks(plan).filter((chunkIndex) => sizes.get(chunkIndex) !== chunkBytes(plan, chunkIndex));
    } catch (error) {
      if (error instanceof ApiError && STORED_CODES.has(error.code)) return []; // the next complete returns the file
      throw error instanceof ApiError && GONE_CODES.has(error.code) ? refusal : error;
    }
  }
}
