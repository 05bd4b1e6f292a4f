import { mediaType, OPAQUE } from './media-type';
import type { ChecksumAlgorithm, CompleteRequest, Credential, InitRequest } from './types';

/** Describes a file and its owner. A credential makes the file private. */
export interface UploadDetails {
  /** Default: the name of the File, or `file` for a Blob. */
  filename?: string | undefined;
  contentType?: string | undefined;
  userId?: string | undefined;
  appointmentId?: string | undefined;
  credential?: Credential | undefined;
  detail?: Record<string, unknown> | undefined;
  /** The upload policy of the service; default: its default policy. */
  policy?: string | undefined;
  /** The file's folder, such as `photos/2026`; without it the file is in none. */
  pathName?: string | undefined;
  /** The id of the file that the service deletes once this one is clean. */
  replaces?: string | undefined;
  /** The credential of the file in `replaces`, if that is private. Default: the new file's. */
  replacedCredential?: Credential | undefined;
}

/** A Blob or File, or a stream: what the service gets to know of it. */
type FileLike = Pick<Blob, 'size' | 'type'>;

export function initRequest(
  file: FileLike,
  details: UploadDetails,
  algorithm: ChecksumAlgorithm | null,
  chunkSize: number | undefined,
): InitRequest {
  return {
    filename: filenameOf(file, details),
    size: file.size,
    content_type: contentType(file, details),
    ...(chunkSize !== undefined && { chunk_size: chunkSize }),
    ...(algorithm && { checksum_algorithm: algorithm }),
    ...(details.policy && { policy: details.policy }),
    ...placeOf(details),
  };
}

export function filenameOf(file: FileLike, details: UploadDetails): string {
  return details.filename ?? (file instanceof File && file.name ? file.name : 'file');
}

/** Leaves out missing details, because the service refuses null. */
export function completeRequest(
  file: FileLike,
  details: UploadDetails,
  uploadId: string,
  totalChunks: number,
): CompleteRequest {
  return {
    upload_id: uploadId,
    total_chunks: totalChunks,
    total_size: file.size,
    filename: filenameOf(file, details),
    content_type: contentType(file, details),
    ...(details.credential && { credential: details.credential }),
    ...(details.detail && { detail: details.detail }),
    ...(details.appointmentId && { appointment_id: details.appointmentId }),
    ...(details.userId && { user_id: details.userId }),
    ...placeOf(details),
  };
}

/** Sent at the start and at the end: a resumed upload may have been started for another folder. */
export function placeOf({ pathName, replaces }: UploadDetails): { path_name?: string; replaces?: string } {
  return { ...(pathName && { path_name: pathName }), ...(replaces && { replaces }) };
}

/** Returns the credential of the file to replace; undefined without one. */
export function credentialOfReplaced(details: UploadDetails): Credential | undefined {
  return details.replaces ? (details.replacedCredential ?? details.credential) : undefined;
}

function contentType(file: FileLike, details: UploadDetails): string {
  return mediaType((details.contentType ?? file.type) || OPAQUE);
}
