import type {
  FileRecord,
  Progress,
  Stage,
  Upload,
  UploadApi,
  UploadDetails,
  Uploader,
  UploadSession,
} from '../index';
import { latest, type Latest, Observable, toError } from './observable';
import { folderOf, type PickedFile } from './picked-files';
import { stageOf } from './stage';
import { totalsOf, type UploadTotals } from './totals';
import { type Change, changedItem, isActive, newItem, type UploadItem } from './upload-item';

/** What the stores use of an Uploader. */
export type UploaderPart = Pick<Uploader, 'upload' | 'awaitVerdict'> & {
  readonly api: Pick<UploadApi, 'get' | 'scanAgain'>;
};

export interface UploadListOptions {
  /** Details of every file; those of `add` come before them. */
  details?: UploadDetails | undefined;
  /** A file is stored and recorded; its verdict is pending. */
  onStored?: ((item: UploadItem) => void) | undefined;
  /** A file has its verdict, or has failed. */
  onSettled?: ((item: UploadItem) => void) | undefined;
}

export interface UploadsSnapshot {
  /** In the order in which they were added. */
  readonly uploads: readonly UploadItem[];
  readonly totals: UploadTotals;
}

export interface UploadActions {
  /**
   * Uploads files, such as those of an `<input>` or of a dropzone; returns their ids. A file of a folder keeps its folder,
   * inside `details.pathName`.
   */
  readonly add: (files: Iterable<Blob | PickedFile> | null, details?: UploadDetails) => string[];
  /** Starts no further part; storage keeps those it has. */
  readonly pause: (id: string) => void;
  readonly resume: (id: string) => void;
  /** Ends an upload and deletes its parts. A stored file is not deleted. */
  readonly cancel: (id: string) => void;
  /** Sends the missing parts of a failed file, or a cancelled one from its start; repeats a failed scan. */
  readonly retry: (id: string) => void;
  /** Removes a file from the list, after cancelling its upload. */
  readonly remove: (id: string) => void;
  readonly pauseAll: () => void;
  readonly resumeAll: () => void;
  readonly cancelAll: () => void;
  readonly retryAll: () => void;
  /** Removes all files whose state does not change any more by itself. */
  readonly removeSettled: () => void;
}

/** What is needed to upload an item, also for another try. */
interface Attempt {
  details: UploadDetails;
  session: UploadSession | undefined;
  controller: AbortController;
  upload: Upload | undefined;
}

/** Uploads that the engine has at the same time. It sends fewer; the others wait here, as each takes time to start. */
const STARTED = 20;
/** The shortest time between two progress events of a file. Milliseconds. */
const PROGRESS_INTERVAL = 100;
const NONE: UploadsSnapshot = { uploads: [], totals: totalsOf([]) };

/** The files that were added to it, until they are removed. They are uploaded whether it has listeners or not. */
export class UploadList extends Observable<UploadsSnapshot> {
  private readonly items = new Map<string, UploadItem>();
  private readonly attempts = new Map<string, Attempt>();
  /** The uploads that are not started yet, in their order. */
  private readonly waiting = new Set<string>();
  private started = 0;
  private added = 0;
  private batches = 0;
  private hasChanged = false;

  constructor(
    private readonly uploader: UploaderPart,
    private readonly options: Latest<UploadListOptions> = {},
  ) {
    super(NONE);
  }

  readonly actions: UploadActions = {
    add: (files, details = {}) => this.batch(() => [...(files ?? [])].map((file) => this.add(file, details))),
    pause: (id) => this.pause(id),
    resume: (id) => this.resume(id),
    cancel: (id) => this.cancel(id),
    retry: (id) => this.retry(id),
    remove: (id) => this.remove(id),
    pauseAll: () => this.forEach((item) => item.canPause, this.pause),
    resumeAll: () => this.forEach((item) => item.canResume, this.resume),
    cancelAll: () => this.forEach((item) => item.canCancel, this.cancel),
    retryAll: () => this.forEach(({ state }) => state === 'failed' || state === 'scan_failed', this.retry),
    removeSettled: () => this.forEach((item) => !isActive(item), this.remove),
  };

  /** Puts these files in the place of all. */
  replaceAll(files: Iterable<Blob | PickedFile>, details?: UploadDetails): void {
    this.batch(() => {
      [...this.items.keys()].forEach(this.remove);
      this.actions.add(files, details);
    });
  }

  private add(picked: Blob | PickedFile, details: UploadDetails): string {
    this.added += 1;
    const id = `upload-${this.added}`;
    const { file, pathName } = picked instanceof Blob ? { file: picked, pathName: folderOf(picked) } : picked;
    const all = { ...latest(this.options).details, ...details };
    const filename = all.filename ?? (file instanceof File && file.name ? file.name : 'file');
    const folder = [all.pathName, pathName].filter(Boolean).join('/');
    const own = { ...all, filename, pathName: folder || undefined };
    this.attempts.set(id, newAttempt(own));
    this.items.set(id, newItem(id, file, filename, folder || null));
    this.hasChanged = true;
    this.start(id);
    return id;
  }

  private readonly pause = (id: string): void => {
    if (this.waiting.delete(id)) this.patch(id, { state: 'paused' });
    else this.attempts.get(id)?.upload?.pause();
  };

  private readonly resume = (id: string): void => {
    const { upload } = this.attempts.get(id) ?? {};
    if (upload) upload.resume();
    else if (this.items.get(id)?.canResume) this.restart(id);
  };

  private readonly cancel = (id: string): void => {
    if (!this.items.get(id)?.canCancel) return;
    this.waiting.delete(id);
    this.patch(id, { state: 'cancelled' });
    this.attempts.get(id)?.controller.abort();
  };

  private readonly retry = (id: string): void => {
    const item = this.items.get(id);
    const attempt = this.attempts.get(id);
    if (!item?.canRetry || !attempt) return;
    const session = item.state === 'cancelled' ? undefined : attempt.session;
    const next = { ...newAttempt(attempt.details), session };
    this.attempts.set(id, next);
    if (item.file) void this.repeatScan(id, next, item.file, item.state === 'scan_failed');
    else this.restart(id);
  };

  private readonly remove = (id: string): void => {
    this.waiting.delete(id);
    this.attempts.get(id)?.controller.abort();
    this.attempts.delete(id);
    this.batch(() => (this.hasChanged = this.items.delete(id) || this.hasChanged));
  };

  private restart(id: string): void {
    this.batch(() => {
      this.patch(id, { state: 'waiting', error: null });
      this.start(id);
    });
  }

  private start(id: string): void {
    this.waiting.add(id);
    this.startNext();
  }

  private startNext(): void {
    for (const id of this.waiting) {
      if (this.started >= STARTED) return;
      this.waiting.delete(id);
      const item = this.items.get(id);
      const attempt = this.attempts.get(id);
      if (item && attempt) void this.send(item, attempt, this.takePlace());
    }
  }

  /** Takes a place among the started uploads; returns the function that gives it to the next one. */
  private takePlace(): () => void {
    let isTaken = true;
    this.started += 1;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.started -= 1;
      this.startNext();
    };
  }

  /** `leave`: called when others may start, as this one is stored, paused or ended. */
  private async send({ id, source }: UploadItem, attempt: Attempt, leave: () => void): Promise<void> {
    const { details, session, controller } = attempt;
    try {
      const upload = this.uploader.upload(source, {
        ...details,
        signal: controller.signal,
        session,
        onSession: (opened) => (attempt.session = opened),
        onProgress: throttled((progress) => this.patchLive(id, attempt, { progress })),
        onStored: (file) => {
          leave();
          this.stored(id, attempt, file);
        },
        onStage: (stage) => {
          if (stage === 'paused') leave();
          this.setStage(id, attempt, stage);
        },
        onDifferent: () => this.patchLive(id, attempt, { isDifferent: true }),
      });
      attempt.upload = upload;
      const file = await upload.done;
      this.settle(id, attempt, { state: stageOf(file), file });
    } catch (error) {
      if (controller.signal.aborted) await this.handleCancelFailure(id, attempt, error);
      else this.settle(id, attempt, { state: 'failed', error: toError(error) });
    } finally {
      leave();
    }
  }

  /** Shows a file that was stored before it could be cancelled, and an error if the service could not be reached. */
  private async handleCancelFailure(id: string, cancelled: Attempt, error: unknown): Promise<void> {
    if (this.attempts.get(id) !== cancelled || error === cancelled.controller.signal.reason) return;
    const next = { ...newAttempt(cancelled.details), session: cancelled.session };
    this.attempts.set(id, next);
    const { code, file } = toError(error) as { code?: string; file?: FileRecord };
    if (code !== 'already_stored' || !file) {
      this.settle(id, next, { state: 'failed', error: toError(error) });
      return;
    }
    this.patch(id, { isTooLate: true, state: 'queued' });
    this.stored(id, next, file);
    await this.followScan(id, next, file.id);
  }

  private async repeatScan(id: string, attempt: Attempt, file: FileRecord, isFailed: boolean): Promise<void> {
    this.patch(id, { state: 'queued', error: null });
    try {
      if (isFailed) await this.uploader.api.scanAgain(file.id, attempt.details.credential);
    } catch (error) {
      this.settle(id, attempt, { state: 'scan_failed', error: toError(error) });
      return;
    }
    await this.followScan(id, attempt, file.id);
  }

  private async followScan(id: string, attempt: Attempt, fileId: string): Promise<void> {
    const { signal } = attempt.controller;
    const onStage = (stage: Stage) => this.setStage(id, attempt, stage);
    try {
      const { credential } = attempt.details;
      const file = await this.uploader.awaitVerdict(fileId, credential, { signal, onStage });
      this.settle(id, attempt, { state: stageOf(file), file });
    } catch (error) {
      this.settle(id, attempt, { state: 'failed', error: toError(error) });
    }
  }

  /** Final stages wait for the file, which contains the verdict. */
  private setStage(id: string, attempt: Attempt, stage: Upload['stage']): void {
    if (isActive({ state: stage })) this.patchLive(id, attempt, { state: stage });
  }

  private stored(id: string, attempt: Attempt, file: FileRecord): void {
    this.patchLive(id, attempt, { file });
    this.report('onStored', id, attempt);
  }

  private settle(id: string, attempt: Attempt, change: Change): void {
    this.patchLive(id, attempt, change);
    this.report('onSettled', id, attempt);
  }

  private report(name: 'onStored' | 'onSettled', id: string, attempt: Attempt): void {
    const item = this.items.get(id);
    if (item && this.isLive(id, attempt)) latest(this.options)[name]?.(item);
  }

  /** Ignores events of a try that was cancelled or replaced meanwhile. */
  private patchLive(id: string, attempt: Attempt, change: Change): void {
    if (this.isLive(id, attempt)) this.patch(id, change);
  }

  private isLive(id: string, attempt: Attempt): boolean {
    return this.attempts.get(id) === attempt && !attempt.controller.signal.aborted;
  }

  private patch(id: string, change: Change): void {
    const before = this.items.get(id);
    if (!before) return;
    const after = changedItem(before, change);
    if (after === before) return;
    this.batch(() => {
      this.items.set(id, after);
      this.hasChanged = true;
    });
  }

  private forEach(isMeant: (item: UploadItem) => boolean, act: (id: string) => void): void {
    this.batch(() => [...this.items.values()].filter(isMeant).forEach(({ id }) => act(id)));
  }

  /** Publishes once at the end, for any number of changes. */
  private batch<T>(change: () => T): T {
    this.batches += 1;
    try {
      return change();
    } finally {
      this.batches -= 1;
      if (this.batches === 0 && this.hasChanged) this.publishItems();
    }
  }

  private publishItems(): void {
    this.hasChanged = false;
    const uploads = [...this.items.values()];
    this.publish({ uploads, totals: totalsOf(uploads) });
  }
}

/** What shows a list: an `Uploader`, for a list of its own, or a list that was made elsewhere. */
export type UploadsSource = UploaderPart | UploadList;

/** Returns the list of a source. */
export const uploadListOf = (source: UploadsSource, options?: Latest<UploadListOptions>): UploadList =>
  'actions' in source ? source : new UploadList(source, options);

const newAttempt = (details: UploadDetails): Attempt => ({
  details,
  session: undefined,
  controller: new AbortController(),
  upload: undefined,
});

function throttled(report: (progress: Progress) => void): (progress: Progress) => void {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL && progress.sent < progress.size) return;
    last = now;
    report(progress);
  };
}
