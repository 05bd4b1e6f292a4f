import type {
  Credential,
  FileRecord,
  Progress,
  Upload,
  UploadDetails,
  UploadSession,
} from '../../client/index';
import type { RowState } from '../file/file-state';

/** The details that all files of one selection share. A private file without a credential waits for one. */
export interface SharedDetails extends Pick<UploadDetails, 'userId' | 'appointmentId' | 'credential'> {
  isPrivate: boolean;
}

/** Another file has the name of this one, in the same folder and assigned to the same user and appointment. */
export interface SameName {
  /** The stored file; null: it is still being uploaded from this page. */
  file: FileRecord | null;
}

/** A selected file as the page shows it. `record` is null until the file is stored. */
export interface UploadEntry {
  key: number;
  name: string;
  /** The folder that it is sent with, '' for none; an upload that resumes has its own. */
  pathName: string;
  size: number;
  isPrivate: boolean;
  state: RowState;
  progress: Progress | null;
  record: FileRecord | null;
  error: unknown;
  /** An unfinished upload of the same name is a different file. */
  isDifferent: boolean;
  /** The file was stored before it could be cancelled. */
  isTooLate: boolean;
  /** Until when storage keeps the uploaded parts, RFC 3339; set when the upload stops. */
  keptUntil: string | null;
  /** Why the page asks what to do, in the state `needs-choice`. */
  sameName: SameName | null;
  /** The id of the file that the service deletes once this one is clean. */
  replaces: string | null;
}

/** A stored file that an upload replaces, and its credential if it is private. */
export interface Replaced {
  id: string;
  credential?: Credential | undefined;
}

/** Returns the details of an upload that name the file that it replaces, or none. */
export const replacing = (
  replaced: Replaced | null,
): Pick<UploadDetails, 'replaces' | 'replacedCredential'> => ({
  replaces: replaced?.id,
  replacedCredential: replaced?.credential,
});

export interface UploadEvents {
  started(session: UploadSession): void;
  stored(entry: UploadEntry): void;
  settled(entry: UploadEntry): void;
  /** The chosen file is not that of the unfinished upload, or this could not be resumed. */
  notResumed(uploadId: string, error: unknown): void;
}

/** What is needed to upload an entry, also for another try. */
export interface UploadSource {
  file: File;
  details: UploadDetails;
  session: UploadSession | undefined;
  /** The unfinished upload of an earlier page that it resumes. */
  resumes: string | undefined;
  controller: AbortController;
  upload: Upload | undefined;
  /** Whether nothing is to be asked or looked up any more before it starts. */
  mayStart: boolean;
}
