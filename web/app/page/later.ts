/** What the page's first look does not need. It becomes one file: add here what else can wait. */
export { SameNameQuestions } from '../adding/same-name-questions';
export { AssignDialog } from '../assign/assign-dialog';
export { RenameDialog } from '../changes/rename-dialog';
export { UndoBar } from '../changes/undo-bar';
export { CredentialDialog } from '../credential/credential-dialog';
export { CredentialFields } from '../credential/credential-fields';
export { FolderDialog } from '../folders/folder-dialog';
export { PreviewDialog } from '../preview/preview-dialog';
export { Thumbnail } from '../preview/thumbnail';
export { BulkButtons } from '../selection/bulk-buttons';
export { BulkRun } from '../selection/bulk-dialog';
export { Transfers } from '../transfers/transfers';
export { UnfinishedUploads } from '../uploads/unfinished-uploads';
export { UploadRow } from '../uploads/upload-row';
export { createUploading } from '../uploads/uploading';
export { ZipBar } from '../zip/zip-bar';
