import type { FileRecord, Progress, Upload } from '../client/index';

/** The `detail` of every event about a file. */
export interface UploadFileDetail {
  /** Undefined for a file of a form that the browser restored. */
  file: File | undefined;
  filename: string;
  /** The engine's handle, to pause or abort; undefined if the file's type is not accepted. */
  upload: Upload | undefined;
}

/** The events of the element, which all bubble; besides, `input` and `change` when its value changes. */
export interface LongshoreUploadEvents {
  added: CustomEvent<UploadFileDetail>;
  progress: CustomEvent<UploadFileDetail & Progress>;
  /** The file is stored, its verdict is pending. */
  stored: CustomEvent<UploadFileDetail & { record: FileRecord }>;
  /** The verdict is known, whatever it is. */
  done: CustomEvent<UploadFileDetail & { record: FileRecord }>;
  failed: CustomEvent<UploadFileDetail & { error: Error }>;
  paused: CustomEvent<UploadFileDetail>;
  resumed: CustomEvent<UploadFileDetail>;
  removed: CustomEvent<UploadFileDetail>;
}
