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
  ) {
    super('transfer_failed', 'Storage did not take a part of the file. Check the connection and try again.');
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

/** The bytes cannot be read any more: the file was changed, moved or deleted after it was chosen. */
export class UnreadableError extends LongshoreError {
  constructor(options?: ErrorOptions) {
    super('file_unreadable', 'The file can no longer be read. Choose it again.', options);
  }
}
