import type { UploadDetails } from '../index';
import type { Latest, Store } from './observable';
import type { PickedFile } from './picked-files';
import type { UploadItem } from './upload-item';
import { UploadList, type UploadListOptions, type UploaderPart } from './upload-list';

export interface UploadSnapshot {
  /** null until a file was chosen. */
  readonly upload: UploadItem | null;
}

/** The actions of a list, for the one file. */
export interface SingleActions {
  /** Uploads a file in place of the last one, which is cancelled unless it is stored. */
  readonly start: (file: Blob | PickedFile, details?: UploadDetails) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly cancel: () => void;
  readonly retry: () => void;
  /** Cancels, and returns to the beginning. */
  readonly reset: () => void;
}

const NONE: UploadSnapshot = { upload: null };

/** At most one upload, for a field of a form. */
export class SingleUpload implements Store<UploadSnapshot> {
  private readonly list: UploadList;
  private snapshot = NONE;

  constructor(uploader: UploaderPart, options: Latest<UploadListOptions> = {}) {
    this.list = new UploadList(uploader, options);
  }

  readonly subscribe = (listener: () => void): (() => void) => this.list.subscribe(listener);
  readonly getServerSnapshot = (): UploadSnapshot => NONE;

  readonly getSnapshot = (): UploadSnapshot => {
    const upload = this.list.getSnapshot().uploads[0] ?? null;
    if (upload !== this.snapshot.upload) this.snapshot = upload ? { upload } : NONE;
    return this.snapshot;
  };

  readonly actions: SingleActions = {
    start: (file, details) => this.list.replaceAll([file], details),
    pause: () => this.list.actions.pauseAll(),
    resume: () => this.list.actions.resumeAll(),
    cancel: () => this.list.actions.cancelAll(),
    retry: () => this.onlyOne((id) => this.list.actions.retry(id)),
    reset: () => this.list.replaceAll([]),
  };

  private onlyOne(act: (id: string) => void): void {
    const { upload } = this.getSnapshot();
    if (upload) act(upload.id);
  }
}
