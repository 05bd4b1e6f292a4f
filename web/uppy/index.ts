/** An uploader plugin for Uppy, based on the engine. It replaces Uppy's S3 plugin and Companion. */
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
  /** Returns the details of a file: userId, appointmentId, credential, detail, policy. */
  details?: (file: UppyFile<M, B>) => UploadDetails;
}

/** The type of a file's `response.body`. */
export type LongshoreBody = FileRecord & Body;

/** `uppy.use(Longshore, { endpoint: 'https://files.example' })` */
export default class Longshore<M extends Meta, B extends Body> extends BasePlugin<
  LongshoreOptions<M, B>,
  M,
  B
> {
  static readonly VERSION = '0.1.0';
  private readonly uploader: Uploader;
  /** The sessions of failed tries, for the next one. */
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

  /** Makes Uppy show its pause buttons. */
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

  /** Resolves when the file is stored, has failed or was removed, and emits Uppy's events for it. */
  private async send(file: UppyFile<M, B>): Promise<void> {
    if (!isLocal(file)) {
      this.fail(
        file.id,
        new Error('Files of remote providers are not supported. Choose a file on this device.'),
      );
      return;
    }
    const upload = this.uploader.upload(file.data, {
      // the Dashboard's editor can change both
      filename: textOf(file.meta.name) ?? file.name,
      contentType: textOf(file.meta.type) ?? file.type,
      ...this.opts.details?.(file),
      session: this.sessions.get(file.id),
      onSession: (session) => this.sessions.set(file.id, session),
      onProgress: ({ sent, size }) => this.progress(file.id, sent, size),
    });
    const removeListeners = this.handleButtons(file, upload);
    try {
      const record = await stored(upload);
      this.sessions.delete(file.id);
      this.verdicts.set(file.id, upload.done);
      this.succeed(file.id, record);
    } catch (error) {
      if (!upload.signal.aborted) this.fail(file.id, error);
    } finally {
      removeListeners();
    }
  }

  /** Handles Uppy's buttons; returns the function that removes the listeners. */
  private handleButtons(file: UppyFile<M, B>, upload: Upload): () => void {
    const events = new EventManager(this.uppy);
    const abort = () => {
      upload.abort();
      this.sessions.delete(file.id);
    };
    events.onFileRemove(file.id, abort);
    events.onCancelAll(file.id, abort);
    events.onFilePause(file.id, (paused) => (paused ? upload.pause() : upload.resume()));
    events.onPauseAll(file.id, () => upload.pause());
    events.onResumeAll(file.id, () => upload.resume());
    if (file.isPaused) upload.pause();
    return () => events.remove();
  }

  /** Waits for the scan as a post-processing step: a file that is not clean fails with the reason. */
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

  /** A file can be removed during its upload. */
  private has(id: string): boolean {
    return id in this.uppy.getState().files;
  }
}

function isLocal<M extends Meta, B extends Body>(file: UppyFile<M, B>): file is LocalUppyFileNonGhost<M, B> {
  return !file.isRemote && file.data instanceof Blob;
}

/** `meta` can contain values of any type. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Resolves with the stored file before its verdict; rejects with the errors until then. */
function stored(upload: Upload): Promise<FileRecord> {
  return new Promise((resolve, reject) => {
    upload.on('stored', resolve);
    upload.done.catch(reject);
  });
}

/** Returns why the scan refused a file, or null. */
function refusalOf({ virus_scan_status, virus_scan_result, is_quarantined }: FileRecord): string | null {
  if (virus_scan_status === 'infected')
    return `Malware found: ${virus_scan_result ?? 'no name given'}. Check the device it came from.`;
  if (virus_scan_status === 'blocked')
    return `The file is blocked (${virus_scan_result ?? 'no reason given'}). Choose another file.`;
  if (is_quarantined)
    return `The file could not be scanned (${virus_scan_result ?? 'no reason given'}) and is blocked.`;
  if (virus_scan_status === 'error') return 'The scan failed. It is repeated automatically.';
  return null;
}
