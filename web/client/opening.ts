import { allChunks, planChunks } from './chunks';
import { compareStored } from './compare';
import { filenameOf, initRequest } from './details';
import { ApiError, DifferentFileError, UploadBusyError } from './errors';
import { abortable } from './timeouts';
import type { ChecksumAlgorithm } from './hash/hash';
import type { RememberedUpload } from './memory';
import { ProgressMeter } from './progress';
import type { RunOptions, Shared } from './shared';
import type { Turn } from './turn';
import type { ResumeReply, SignedChunk } from './types';
import type { Upload, UploadSession } from './upload';

/** An open upload with what of it still has to be sent. */
export interface OpenUpload {
  session: UploadSession;
  algorithm: ChecksumAlgorithm | null;
  pending: Set<number>;
  signed: SignedChunk[];
  meter: ProgressMeter;
  /** All that storage has is known to be the file as it is now. */
  compared: boolean;
}

/** The open upload is gone for good; a new one takes its place. */
export const GONE_CODES = new Set(['upload_not_found', 'upload_aborted', 'upload_expired']);
/** Every byte had arrived before the failure; completing again returns the same file. */
export const STORED_CODES = new Set(['file_already_uploaded', 'file_in_progress']);

/** No later try and no other page has to do with it. */
export async function forget({ memory, claims }: Shared, uploadId: string): Promise<void> {
  await memory.forget(uploadId);
  claims.release(uploadId);
}

/** Finds the upload that a file's bytes go into: one that was left unfinished, or a new one. */
export class Opening {
  /** The upload that is looked at, where it is this file's own by all that is known; an abort ends it. */
  ours: string | undefined;
  private readonly file: Blob;

  constructor(
    private readonly shared: Shared,
    private readonly options: RunOptions,
    private readonly upload: Upload,
    private readonly turn: Turn,
  ) {
    this.file = options.file;
  }

  /** The upload to go on with, claimed: the one asked for, one that an earlier try or page left, or a new one. */
  async open(): Promise<OpenUpload> {
    const { session, uploadId } = this.options.from;
    if (uploadId) return this.named(uploadId);
    if (session) {
      const opened = await this.unlessGone(session.uploadId, () => this.claim(session.uploadId, true, session));
      return opened ?? this.init();
    }
    for (const left of await this.leftBehind()) {
      const { upload_id } = left;
      const opened = await this.unlessGone(upload_id, () => this.claim(upload_id, this.isUntouched(left)));
      if (opened) return opened;
      if (opened === null) this.upload.emit('different', { uploadId: upload_id });
    }
    return this.init();
  }

  private async named(uploadId: string): Promise<OpenUpload> {
    const opened = await this.claim(uploadId, true);
    if (opened) return opened;
    throw opened === null ? new DifferentFileError(uploadId) : new UploadBusyError(uploadId);
  }

  /**
   * An open upload, claimed for this file. Null where it is of another one, undefined where somebody else is at it.
   * `ours`: an abort meanwhile ends it. `session`: what an earlier try on this page left of it.
   */
  private async claim(
    uploadId: string,
    ours: boolean,
    session?: UploadSession,
  ): Promise<OpenUpload | null | undefined> {
    const claim = await this.shared.claims.take(uploadId, this.file);
    if (!claim) return undefined;
    if (ours) this.ours = uploadId;
    let opened: OpenUpload | null = null;
    try {
      opened = await this.reopen(uploadId, claim.known, session);
      return opened;
    } finally {
      const isAborted = this.upload.signal.aborted && ours;
      if (!opened && !isAborted) {
        this.ours = undefined;
        claim.undo();
      }
    }
  }

  /** Unfinished uploads of files of this name and size. */
  private async leftBehind(): Promise<RememberedUpload[]> {
    const name = filenameOf(this.file, this.options.details);
    const all = await this.options.unfinished();
    return all.filter((left) => left.name === name && left.size === this.file.size);
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
      api.init(initRequest(file, details, wanted, partSize), this.upload.signal),
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
   * Asks what storage already has; null where that is of another file. `known`: it need not be compared, and where it is
   * in storage whole, it is this file. That of an earlier page may be another file, and its refusal is thrown.
   */
  private async reopen(uploadId: string, known: boolean, session?: UploadSession): Promise<OpenUpload | null> {
    let reply: ResumeReply;
    try {
      reply = await this.shared.api.resume(uploadId, this.options.details.credential, this.upload.signal);
    } catch (error) {
      if (known && session && error instanceof ApiError && STORED_CODES.has(error.code))
        return this.arrived(session);
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

  /** Leaves pending what is not known to be this file's own; false where some is another's, and none its own. */
  private async compare(reply: ResumeReply, meter: ProgressMeter, pending: Set<number>): Promise<boolean> {
    await this.turn.wait();
    this.upload.setStage('comparing');
    const plan = planChunks(this.file.size, reply.chunk_size);
    const tell = (chunkIndex: number, result: string) => {
      if (result === 'same') meter.chunkStored(chunkIndex);
      this.upload.emit('progress', meter.read());
    };
    const { hasher } = this.shared;
    const compared = compareStored(this.file, plan, reply, hasher, tell, () => this.turn.wait());
    const { same, other, unknown } = await abortable(compared, this.upload.signal);
    for (const chunkIndex of [...other, ...unknown]) pending.add(chunkIndex);
    return same.length > 0 || other.length === 0;
  }

  private arrived(session: UploadSession): OpenUpload {
    const meter = new ProgressMeter(session.plan, this.shared.tools.clock);
    return { session, algorithm: null, pending: new Set(), signed: [], meter, compared: true };
  }

  /** Undefined where the upload no longer exists, or became a file that nobody knows to be this one. */
  private async unlessGone<T>(uploadId: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError && (GONE_CODES.has(error.code) || STORED_CODES.has(error.code)))) throw error;
      await forget(this.shared, uploadId);
      return undefined;
    }
  }
}
