import { type ChunkPlan, planChunks } from '../transfer/chunks';
import { completeRequest, credentialOfReplaced, initRequest } from '../api/details';
import { type ApiError, LongshoreError } from '../api/errors';
import type { OpenUpload } from '../upload/opening';
import { runPool } from '../transfer/pool';
import { type Progress, ProgressMeter } from '../transfer/progress';
import { Run } from '../upload/run';
import { ChunkSender } from '../upload/sending';
import type { Shared } from '../upload/shared';
import type { Source } from '../transfer/source';
import { abortable } from '../network/timeouts';
import type { FileRecord, InitRequest } from '../api/types';
import type { Upload } from '../upload/upload';
import type { UploadOptions } from '../upload/uploader';
import { type ByteStream, PartReader } from './part-reader';

export interface StreamOptions extends Omit<UploadOptions, 'session'> {
  /** Bytes of the whole stream, if known. */
  size?: number | undefined;
  /** Bytes of each part; default: the service's. A stream has at most 10,000 parts. */
  chunkSize?: number | undefined;
}

/** The stream has more or less bytes than its `size`. */
export class StreamLengthError extends LongshoreError {
  constructor(expected: number) {
    super(
      'stream_length',
      `The stream does not have the ${expected} bytes of its size. Leave out the size, or correct it.`,
    );
  }
}

/** The parts that are in memory: those that are being sent. */
class Parts implements Source {
  readonly bytes = new Map<number, Blob>();

  chunk(_: ChunkPlan, chunkIndex: number): Blob {
    return this.bytes.get(chunkIndex) ?? new Blob();
  }

  assertReadable(): Promise<void> {
    return Promise.resolve();
  }
}

/** While the size is unknown, it is Infinity, and so would be the time left. */
class StreamMeter extends ProgressMeter {
  override read(): Progress {
    const progress = super.read();
    return progress.secondsLeft === Infinity ? { ...progress, secondsLeft: null } : progress;
  }
}

/** Runs the upload of a stream. It can be read only once, so a failure aborts the upload at the service. */
export class StreamRun extends Run {
  private readonly parts = new Parts();
  private readonly sending: ChunkSender;
  private readonly reader: PartReader;
  private readBytes = 0;
  private readParts = 0;

  constructor(
    shared: Shared,
    stream: ByteStream,
    private readonly options: StreamOptions,
    upload: Upload,
  ) {
    super(shared, options, upload);
    this.sending = new ChunkSender(shared, this.parts, upload, this.turn);
    this.reader = new PartReader(stream);
  }

  protected override async store(): Promise<FileRecord> {
    const opened = await this.open();
    const { uploadId, fileId } = opened.session;
    this.upload.emit('session', opened.session);
    try {
      return await this.withProgress(opened, () => this.transfer(opened));
    } catch (error) {
      this.reader.stop();
      if (this.upload.signal.aborted) return await this.abandon(uploadId, fileId);
      this.sendAbort(uploadId).catch(() => undefined); // the service deletes it later, if this fails
      throw error;
    }
  }

  private async open(): Promise<OpenUpload> {
    const { api, checksums, tools } = this.shared;
    const { size, chunkSize } = this.options;
    const [reply, algorithm] = await checksums.negotiate((wanted) => {
      const body: InitRequest = initRequest({ size: size ?? 0, type: '' }, this.options, wanted, chunkSize);
      if (size === undefined) delete body.size;
      return api.init(body, credentialOfReplaced(this.options), this.upload.signal);
    });
    const plan = planChunks(size ?? Infinity, reply.chunk_size);
    const session = { uploadId: reply.upload_id, fileId: reply.file_id, plan };
    const meter = new StreamMeter(plan, tools.clock);
    return { session, algorithm, pending: new Set(), signed: [], meter, compared: true };
  }

  private async transfer(opened: OpenUpload): Promise<FileRecord> {
    const { uploadId, plan } = opened.session;
    await this.sendAll(opened);
    this.upload.emit('progress', opened.meter.read()); // with the size
    const request = completeRequest({ size: plan.size, type: '' }, this.options, uploadId, plan.totalChunks);
    return this.complete(request, (refusal, attempt) => this.repair(refusal, attempt));
  }

  /** Sends the parts while the next ones are read: each connection has one part in memory. */
  private async sendAll(opened: OpenUpload): Promise<void> {
    const { plan } = opened.session;
    let last: Promise<number | null> = Promise.resolve(null);
    const nextPart = () => (last = last.then(() => this.read(plan)));
    const sendParts = async (_: unknown, signal: AbortSignal) => {
      for (;;) {
        const chunkIndex = await abortable(nextPart(), signal);
        if (chunkIndex === null) return;
        await this.sending.send({ ...opened, pending: new Set([chunkIndex]), signed: [] });
        this.parts.bytes.delete(chunkIndex);
      }
    };
    await runPool(
      Array(this.shared.tuner.most).fill(null),
      this.shared.tuner.most,
      sendParts,
      this.upload.signal,
    );
  }

  /** Reads the next part into memory; null at the end. The end of the stream completes the plan. */
  private async read(plan: ChunkPlan): Promise<number | null> {
    const bytes = await this.reader.next(plan.chunkSize);
    this.readBytes += bytes.size;
    const hasEnded = bytes.size < plan.chunkSize;
    if (hasEnded && this.options.size === undefined)
      Object.assign(plan, planChunks(this.readBytes, plan.chunkSize));
    if (this.readBytes > plan.size || (hasEnded && this.readBytes < plan.size))
      throw new StreamLengthError(plan.size);
    if (bytes.size === 0 && this.readParts > 0) return null;
    this.parts.bytes.set(this.readParts, bytes);
    return this.readParts++;
  }

  /** A part that is not in memory any more cannot be sent again. */
  private async repair(refusal: ApiError, attempt: number): Promise<void> {
    if (refusal.missing.length > 0) throw refusal;
    await this.waitForStorage(attempt);
  }
}
