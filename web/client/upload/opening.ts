import { allChunks, planChunks } from '../transfer/chunks';
import { compareStored } from '../transfer/compare';
import { credentialOfReplaced, filenameOf, initRequest, placeOf } from '../api/details';
import { ApiError, DifferentFileError, UploadBusyError } from '../api/errors';
import { abortable } from '../network/timeouts';
import type { RememberedUpload } from '../memory/memory';
import { ProgressMeter } from '../transfer/progress';
import type { FileOptions, Shared } from './shared';
import type { Turn } from './turn';
import type { ChecksumAlgorithm, ResumeReply, SignedChunk } from '../api/types';
import type { Upload, UploadSession } from './upload';

/** An open upload and what is still missing of it. */
export interface OpenUpload {
  session: UploadSession;
  algorithm: ChecksumAlgorithm | null;
  pending: Set<number>;
  signed: SignedChunk[];
  meter: ProgressMeter;
  /** Whether the stored chunks are known to be those of the current file. */
  compared: boolean;
}

/** Error codes of uploads that no longer exist; a new one replaces them. */
export const GONE_CODES = new Set(['upload_not_found', 'upload_aborted', 'upload_expired']);
/** Error codes of uploads that are completed; complete returns their file. */
export const STORED_CODES = new Set(['file_already_uploaded', 'file_in_progress']);

/** Removes an upload from memory and releases its claim. */
export async function forget({ memory, claims }: Shared, uploadId: string): Promise<void> {
  await memory.forget(uploadId);
  claims.release(uploadId);
}

/** Opens the upload for a file: an unfinished one, or a new one. */
export class Opening {
  /** The upload that is being resumed, where it is known to be of this file: an abort then aborts it too. */
  ownUploadId: string | undefined;
  private readonly file: Blob;

  constructor(
    private readonly shared: Shared,
    private readonly options: FileOptions,
    private readonly upload: Upload,
    private readonly turn: Turn,
  ) {
    this.file = options.file;
  }

  /** Opens and claims the requested upload, one that an earlier try or page left unfinished, or a new one. */
  async open(): Promise<OpenUpload> {
    const { session, uploadId } = this.options.from;
    if (uploadId) return this.openById(uploadId);
    if (session) {
      const opened = await this.unlessGone(session.uploadId, () =>
        this.claim(session.uploadId, true, session),
      );
      return opened ?? this.init();
    }
    for (const unfinished of await this.unfinishedUploads()) {
      const { upload_id } = unfinished;
      const opened = await this.unlessGone(upload_id, () =>
        this.claim(upload_id, this.isUntouched(unfinished)),
      );
      if (opened) return opened;
      if (opened === null) this.upload.emit('different', { uploadId: upload_id });
    }
    return this.init();
  }

  private async openById(uploadId: string): Promise<OpenUpload> {
    const opened = await this.claim(uploadId, true);
    if (opened) return opened;
    throw opened === null ? new DifferentFileError(uploadId) : new UploadBusyError(uploadId);
  }

  /**
   * Claims an open upload for this file. Returns null when it is of another file, undefined when it is in use. `isOwn`: an
   * abort in the meantime aborts the upload. `session`: the upload of an earlier try on this page.
   */
  private async claim(
    uploadId: string,
    isOwn: boolean,
    session?: UploadSession,
  ): Promise<OpenUpload | null | undefined> {
    const claim = await this.shared.claims.take(uploadId, this.file);
    if (!claim) return undefined;
    if (isOwn) this.ownUploadId = uploadId;
    let opened: OpenUpload | null = null;
    try {
      opened = await this.reopen(uploadId, claim.known, session);
      return opened;
    } finally {
      const isAborted = this.upload.signal.aborted && isOwn;
      if (!opened && !isAborted) {
        this.ownUploadId = undefined;
        claim.undo();
      }
    }
  }

  /** Returns the unfinished uploads of the same name, size and place. */
  private async unfinishedUploads(): Promise<RememberedUpload[]> {
    const { file, options } = this;
    const name = filenameOf(file, options.details);
    const { path_name, replaces } = placeOf(options.details);
    const all = await options.unfinished();
    return all.filter(
      (each) =>
        each.name === name &&
        each.size === file.size &&
        each.path_name === path_name &&
        each.replaces === replaces,
    );
  }

  private isUntouched({ last_modified }: RememberedUpload): boolean {
    return this.file instanceof File && this.file.lastModified === last_modified;
  }

  private async init(): Promise<OpenUpload> {
    const { api, checksums, tools, memory, http, speed } = this.shared;
    const { file } = this;
    const partSize = speed.partSize(file.size);
    const { details } = this.options;
    const [reply, algorithm] = await checksums.negotiate((wanted) =>
      api.init(
        initRequest(file, details, wanted, partSize),
        credentialOfReplaced(details),
        this.upload.signal,
      ),
    );
    const { upload_id, file_id, expires_at } = reply;
    const plan = planChunks(file.size, reply.chunk_size);
    await this.shared.claims.take(upload_id, file);
    await memory.remember({
      upload_id,
      file_id,
      expires_at,
      endpoint: http.endpoint,
      name: filenameOf(file, details),
      size: file.size,
      last_modified: file instanceof File ? file.lastModified : 0,
      ...placeOf(details),
    });
    return {
      session: { uploadId: upload_id, fileId: file_id, plan },
      algorithm,
      pending: new Set(allChunks(plan)),
      signed: reply.chunks,
      meter: new ProgressMeter(plan, tools.clock),
      compared: false,
    };
  }

  /**
   * Reopens an upload; null when its chunks are of another file. With `known` they are not compared, and a completed upload
   * is this file. An unknown upload may be of another file, so its error is thrown.
   */
  private async reopen(
    uploadId: string,
    known: boolean,
    session?: UploadSession,
  ): Promise<OpenUpload | null> {
    let reply: ResumeReply;
    try {
      reply = await this.shared.api.resume(uploadId, this.options.details.credential, this.upload.signal);
    } catch (error) {
      if (known && session && error instanceof ApiError && STORED_CODES.has(error.code))
        return this.completed(session);
      throw error;
    }
    if (reply.size !== null && reply.size !== this.file.size) return null;
    const plan = planChunks(this.file.size, reply.chunk_size);
    const meter = new ProgressMeter(plan, this.shared.tools.clock);
    const pending = new Set(reply.missing);
    if (known) for (const { chunk_index } of reply.uploaded) meter.chunkStored(chunk_index);
    else if (!(await this.compare(reply, meter, pending))) return null;
    return {
      session: { uploadId, fileId: reply.file_id, plan },
      algorithm: reply.checksum_algorithm,
      pending,
      signed: reply.chunks,
      meter,
      compared: !known,
    };
  }

  /** Adds the chunks that differ or cannot be compared to `pending`; false when chunks differ and none is the same. */
  private async compare(reply: ResumeReply, meter: ProgressMeter, pending: Set<number>): Promise<boolean> {
    await this.turn.wait();
    this.upload.setStage('comparing');
    const plan = planChunks(this.file.size, reply.chunk_size);
    const onCompared = (chunkIndex: number, result: string) => {
      if (result === 'same') meter.chunkStored(chunkIndex);
      this.upload.emit('progress', meter.read());
    };
    const { hasher } = this.shared;
    const compared = compareStored(this.file, plan, reply, hasher, onCompared, () => this.turn.wait());
    const { same, other, unknown } = await abortable(compared, this.upload.signal);
    for (const chunkIndex of [...other, ...unknown]) pending.add(chunkIndex);
    return same.length > 0 || other.length === 0;
  }

  private completed(session: UploadSession): OpenUpload {
    const meter = new ProgressMeter(session.plan, this.shared.tools.clock);
    return { session, algorithm: null, pending: new Set(), signed: [], meter, compared: true };
  }

  /** Returns undefined when the upload no longer exists, or was completed and may be another file. */
  private async unlessGone<T>(uploadId: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError && (GONE_CODES.has(error.code) || STORED_CODES.has(error.code))))
        throw error;
      await forget(this.shared, uploadId);
      return undefined;
    }
  }
}
