/** An uploader for Uppy: in place of its S3 plugin and Companion, with everything that the engine does. */
import {
  BasePlugin,
  EventManager,
  type Body,
  type Meta,
  type PluginOpts,
  type Uppy,
  type UppyFile,
} from '@uppy/core';
import type { LocalUppyFileNonGhost } from '@uppy/core/utils';
import {
  type FileRecord,
  type Upload,
  type UploadDetails,
  Uploader,
  type UploaderOptions,
  type UploadSession,
} from '../client/index';

export interface LongshoreOptions<M extends Meta, B extends Body> extends PluginOpts, UploaderOptions {
  /** Whom a file belongs to, and who may take it out (userId, appointmentId, credential, detail). */
  details?: (file: UppyFile<M, B>) => UploadDetails;
}

/** What Uppy hands on as a file's `response.body`. */
export type LongshoreBody = FileRecord & Body;

/** `uppy.use(Longshore, { endpoint: 'https://files.example' })` */
export default class Longshore<M extends Meta, B extends Body> extends BasePlugin<
  LongshoreOptions<M, B>,
  M,
  B
> {
  static readonly VERSION = '0.1.0';
  private readonly uploader: Uploader;
  /** What a failed try left, for the next one. */
  private readonly sessions = new Map<string, UploadSession>();
  private readonly verdicts = new Map<string, Promise<FileRecord>>();

  constructor(uppy: Uppy<M, B>, options: LongshoreOptions<M, B>) {
    super(uppy, options);
    this.type = 'uploader';
    this.id = options.id ?? 'Longshore';
    this.uploader = new Uploader(options);
  }

  override install(): void {
    this.setResumable(true);
    this.uppy.addUploader(this.sendAll);
    this.uppy.addPostProcessor(this.awaitVerdicts);
  }

  override uninstall(): void {
    this.setResumable(false);
    this.uppy.removeUploader(this.sendAll);
    this.uppy.removePostProcessor(this.awaitVerdicts);
  }

  /** Uppy shows its pause buttons for it. */
  private setResumable(resumableUploads: boolean): void {
    this.uppy.setState({ capabilities: { ...this.uppy.getState().capabilities, resumableUploads } });
  }

  private readonly sendAll = async (ids: string[]): Promise<void> => {
    const files = this.uppy.getFilesByIds(ids).filter((file) => !file.error && !file.progress.uploadComplete);
    this.uppy.emit(
      'upload-start',
      files.filter((file) => !file.progress.uploadStarted || !file.isRestored),
    );
    await Promise.all(files.map((file) => this.send(file)));
  };

  /** Resolves when the file is stored, has failed or was taken away; Uppy hears which by its events. */
  private async send(file: UppyFile<M, B>): Promise<void> {
    if (!isLocal(file)) {
      this.fail(
        file.id,
        new Error('Files of remote providers cannot be sent: choose a file of this device.'),
      );
      return;
    }
    const upload = this.uploader.upload(file.data, {
      // what the Dashboard's editor changes
      filename: textOf(file.meta.name) ?? file.name,
      contentType: textOf(file.meta.type) ?? file.type,
      ...this.opts.details?.(file),
      session: this.sessions.get(file.id),
      onSession: (session) => this.sessions.set(file.id, session),
      onProgress: ({ sent, size }) => this.progress(file.id, sent, size),
    });
    const ended = this.obey(file, upload);
    try {
      const record = await stored(upload);
      this.sessions.delete(file.id);
      this.verdicts.set(file.id, upload.done);
      this.succeed(file.id, record);
    } catch (error) {
      if (!upload.signal.aborted) this.fail(file.id, error);
    } finally {
      ended();
    }
  }

  /** Does what Uppy's buttons say, until the function returned is called. */
  private obey(file: UppyFile<M, B>, upload: Upload): () => void {
    const events = new EventManager(this.uppy);
    const forget = () => {
      upload.abort();
      this.sessions.delete(file.id);
    };
    events.onFileRemove(file.id, forget);
    events.onCancelAll(file.id, forget);
    events.onFilePause(file.id, (paused) => (paused ? upload.pause() : upload.resume()));
    events.onPauseAll(file.id, () => upload.pause());
    events.onResumeAll(file.id, () => upload.resume());
    if (file.isPaused) upload.pause();
    return () => events.remove();
  }

  /** The scan, as a step after the upload: a file that may not be used counts as failed, with the reason. */
  private readonly awaitVerdicts = async (ids: string[]): Promise<void> => {
    await Promise.all(ids.map((id) => this.awaitVerdict(id)));
  };

  private async awaitVerdict(id: string): Promise<void> {
    const verdict = this.verdicts.get(id);
    if (!verdict) return;
    this.verdicts.delete(id);
    const file = this.uppy.getFile(id);
    this.uppy.emit('postprocess-progress', file, { mode: 'indeterminate', message: 'Scanning for viruses' });
    try {
      const record = await verdict;
      const refusal = refusalOf(record);
      if (refusal) this.fail(id, new Error(refusal));
      else this.uppy.setFileState(id, { response: { status: 200, body: record as unknown as B } });
    } catch (error) {
      this.fail(id, error);
    }
    if (this.has(id)) this.uppy.emit('postprocess-complete', this.uppy.getFile(id));
  }

  private progress(id: string, bytesUploaded: number, bytesTotal: number): void {
    if (!this.has(id)) return;
    const file = this.uppy.getFile(id);
    const uploadStarted = file.progress.uploadStarted ?? Date.now();
    this.uppy.emit('upload-progress', file, { uploadStarted, bytesUploaded, bytesTotal });
  }

  private succeed(id: string, record: FileRecord): void {
    if (!this.has(id)) return;
    this.uppy.emit('upload-success', this.uppy.getFile(id), { status: 200, body: record as unknown as B });
  }

  private fail(id: string, error: unknown): void {
    if (!this.has(id)) return;
    this.uppy.emit(
      'upload-error',
      this.uppy.getFile(id),
      error instanceof Error ? error : new Error(String(error)),
    );
  }

  /** A file may be taken away while it is on its way. */
  private has(id: string): boolean {
    return id in this.uppy.getState().files;
  }
}

function isLocal<M extends Meta, B extends Body>(file: UppyFile<M, B>): file is LocalUppyFileNonGhost<M, B> {
  return !file.isRemote && file.data instanceof Blob;
}

/** Sites put into `meta` what they like. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The file as it is recorded, before its verdict; rejects with what went wrong until then. */
function stored(upload: Upload): Promise<FileRecord> {
  return new Promise((resolve, reject) => {
    upload.on('stored', resolve);
    upload.done.catch(reject);
  });
}

/** Why a file may not be used; null where it may. */
function refusalOf({ virus_scan_status, virus_scan_result, is_quarantined }: FileRecord): string | null {
  if (virus_scan_status === 'infected') return `The virus scanner found ${virus_scan_result ?? 'something'}.`;
  if (is_quarantined)
    return `The virus scanner could not look inside (${virus_scan_result ?? 'no reason given'}).`;
  if (virus_scan_status === 'error') return 'The scan did not come to an end; it will be tried again.';
  return null;
}
