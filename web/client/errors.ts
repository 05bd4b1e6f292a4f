import type { FileRecord } from './types';

/** Everything the engine throws on its own account; an abort throws the signal's reason, as the platform does. */
export class LongshoreError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What an unsuccessful answer of the API says. */
export interface Refusal {
  code: string;
  message: string;
  errors: string[];
  missing: number[];
}

/** The API answered and refused. `missing` are chunk indexes; `retryAfter` is in milliseconds. */
export class ApiError extends LongshoreError {
  readonly errors: string[];
  readonly missing: number[];

  constructor(
    readonly status: number,
    refusal: Refusal,
    readonly retryAfter: number | null = null,
  ) {
    super(refusal.code, refusal.message);
    this.errors = refusal.errors;
    this.missing = refusal.missing;
  }
}

/** The API could not be reached: offline, a wrong address, or the service is down. */
export class UnreachableError extends LongshoreError {
  constructor(options?: ErrorOptions) {
    super('api_unreachable', 'The service cannot be reached. Check the connection and try again.', options);
  }
}

/** Storage did not take a chunk. `status` is 0 where the browser hides the answer (a refusal without CORS headers). */
export class TransferError extends LongshoreError {
  constructor(
    readonly status: number,
    /** Milliseconds that storage wants to be left alone. */
    readonly retryAfter = 0,
    /** The line moved too slowly, or storage did not answer in time. */
    readonly timedOut = false,
  ) {
    super('transfer_failed', 'Storage did not take a part of the file. Check the connection and try again.');
  }
}

/**
 * The browser does not let this page call a server that can be reached: the server does not allow the page's origin
 * (CORS), so neither the bytes nor the question arrived.
 */
export class OriginRefusedError extends LongshoreError {
  constructor(
    readonly server: 'service' | 'storage',
    options?: ErrorOptions,
  ) {
    const remedy =
      server === 'service'
        ? "Add this page's origin to the service's CORS_ORIGINS."
        : "Add this page's origin to storage's CORS rules, with PUT and all headers.";
    super(
      `${server}_refuses_origin`,
      `The ${server} does not accept requests from this page. ${remedy}`,
      options,
    );
  }
}

/** The upload was complete before its abort arrived: the file exists, and can be deleted. */
export class AlreadyStoredError extends LongshoreError {
  constructor(readonly file: FileRecord) {
    super(
      'already_stored',
      'The file was stored before the upload could be aborted. Delete the file instead.',
    );
  }
}

/** The open upload to carry on with is of another file: nothing of it is in storage. */
export class DifferentFileError extends LongshoreError {
  constructor(readonly uploadId: string) {
    super(
      'different_file',
      'This is not the file whose upload was to be carried on. Choose that one, or start a new upload.',
    );
  }
}

/** The open upload to carry on with is under way already, in this tab or another. */
export class UploadBusyError extends LongshoreError {
  constructor(readonly uploadId: string) {
    super(
      'upload_busy',
      'This upload is under way already, perhaps in another tab. Wait for it, or close that tab.',
    );
  }
}

/** The bytes are no longer those that were chosen: the file was changed, moved or deleted since. */
export class UnreadableError extends LongshoreError {
  constructor(options?: ErrorOptions) {
    super(
      'file_unreadable',
      'The file was changed, moved or deleted after it was chosen. Choose it again.',
      options,
    );
  }
}
