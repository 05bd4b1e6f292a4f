import type { FileRecord } from './types';

/** Base class of the engine's errors. An abort throws the signal's reason instead, as in the platform's own APIs. */
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

/** The body of the API's error responses. */
export interface Refusal {
  code: string;
  message: string;
  errors: string[];
  missing: number[];
}

/** The code of a refusal that does not say why, so it is not the service's. */
export const UNEXPECTED_ANSWER = 'unexpected_answer';

/** The API refused a request. `missing` are chunk indexes; `retryAfter` is in milliseconds. */
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

  /** Whether a proxy or another server refused, or the address is wrong: its 404 does not mean that a file is gone. */
  get isForeign(): boolean {
    return this.code === UNEXPECTED_ANSWER || this.code === 'not_found';
  }
}

/** The API could not be reached: no network, a wrong address, or the service is down. */
export class UnreachableError extends LongshoreError {
  constructor(options?: ErrorOptions) {
    super('api_unreachable', 'The service was not reached. Check the connection, then try again.', options);
  }
}

/** Storage did not accept a chunk. `status` is 0 where the browser hides the answer (no CORS headers, no connection). */
export class TransferError extends LongshoreError {
  constructor(
    readonly status: number,
    /** How long storage asks to wait. Milliseconds. */
    readonly retryAfter = 0,
    /** Whether the connection was too slow, or storage did not answer in time. */
    readonly timedOut = false,
    options?: ErrorOptions,
  ) {
    const problem = status > 0 ? `refused a part (status ${status})` : 'was not reached';
    super('transfer_failed', `Storage ${problem}. Check the connection, then try again.`, options);
  }
}

/**
 * The server is reachable, but does not allow the page's origin (CORS), so the browser blocked the request. A network that
 * is down is an UnreachableError or a TransferError.
 */
export class OriginRefusedError extends LongshoreError {
  constructor(
    readonly server: 'service' | 'storage',
    /** The server's origin. */
    readonly address: string,
    options?: ErrorOptions,
  ) {
    const remedy =
      server === 'service'
        ? 'its CORS_ORIGINS, then restart it.'
        : "the service's CORS_ORIGINS, then restart it. Some stores need it in their own CORS rules, with PUT and all headers.";
    super(
      `${server}_refuses_origin`,
      `The ${server} at ${address} is reachable, but does not allow this page (CORS). Add ${globalThis.origin} to ${remedy}`,
      options,
    );
  }
}

/** Malware was found in the file; only with `rejectInfected`. */
export class InfectedError extends LongshoreError {
  constructor(readonly file: FileRecord) {
    super(
      'file_infected',
      `Malware was found: ${file.virus_scan_result ?? 'no name given'}. Check the device that the file came from.`,
    );
  }
}

/** The upload was completed before it could be aborted: the file exists, and can be deleted. */
export class AlreadyStoredError extends LongshoreError {
  constructor(readonly file: FileRecord) {
    super('already_stored', 'The file was stored before the abort. Delete it instead.');
  }
}

/** The upload to resume is of another file: storage has no part of this one. */
export class DifferentFileError extends LongshoreError {
  constructor(readonly uploadId: string) {
    super(
      'different_file',
      'The upload was started with another file. Choose that one, or start a new upload.',
    );
  }
}

/** The upload to resume is already running, in this tab or another. */
export class UploadBusyError extends LongshoreError {
  constructor(readonly uploadId: string) {
    super('upload_busy', 'This upload is running, perhaps in another tab. Wait, or close that tab.');
  }
}

/** The file was changed, moved or deleted after it was chosen. */
export class UnreadableError extends LongshoreError {
  constructor(options?: ErrorOptions) {
    super(
      'file_unreadable',
      'The file was changed, moved or deleted after it was chosen. Choose it again.',
      options,
    );
  }
}
