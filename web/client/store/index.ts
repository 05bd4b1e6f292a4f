/**
 * Lists of uploads, files and dropzones as stores, for any framework: `import { UploadList } from '@longshore/client/store'`.
 * `@longshore/react`, `@longshore/vue` and `@longshore/svelte` are based on it.
 */
export { isAccepted } from './accept';
export {
  Dropzone,
  DROPZONE_EVENTS,
  type DropzoneActions,
  type DropzoneAttributes,
  type DropzoneEvent,
  type DropzoneEventLike,
  type DropzoneOptions,
  type DropzoneSnapshot,
} from './dropzone';
export type { Latest, Store } from './observable';
export { filesOf, type PickedFile, type RejectedFile } from './picked-files';
export { type SingleActions, SingleUpload, type UploadSnapshot } from './single-upload';
export type { UploadTotals } from './totals';
export type { UploadItem, UploadState } from './upload-item';
export {
  type UploadActions,
  UploadList,
  uploadListOf,
  type UploadListOptions,
  type UploaderPart,
  type UploadsSnapshot,
  type UploadsSource,
} from './upload-list';
export {
  type FileActions,
  type FileId,
  type FileOptions,
  type FileSnapshot,
  type FileState,
  WatchedFile,
} from './watched-file';
