import type { ApiError, Credential, FileRecord, Stage } from '../index';
import { Observable, toError } from './observable';
import { stageOf } from './stage';
import type { UploaderPart } from './upload-list';

/**
 * A stage of the service, or: `none` without an id, `loading` before the first answer, `deleted`, `forbidden` (other login
 * or credential needed), `failed` when the service did not answer.
 */
export type FileState = Stage | 'none' | 'loading' | 'deleted' | 'forbidden' | 'failed';

/** The id of a file; without one there is nothing to follow. */
export type FileId = string | null | undefined;

export interface FileSnapshot {
  readonly state: FileState;
  /** null until it is known, and after its deletion. */
  readonly file: FileRecord | null;
  readonly error: Error | null;
}

export interface FileActions {
  /** Asks again: for a fresh download link, or after a failure. */
  readonly refresh: () => void;
}

export interface FileOptions {
  /** Opens a private file. */
  credential?: Credential | undefined;
}

const NONE: FileSnapshot = { state: 'none', file: null, error: null };
const LOADING: FileSnapshot = { state: 'loading', file: null, error: null };
/** States that will change by themselves. */
const OPEN: ReadonlySet<string> = new Set(['loading', 'uploading', 'completing', 'queued', 'scanning']);

/** A file by its id. While it has listeners, it asks the service until the file has its verdict. */
export class WatchedFile extends Observable<FileSnapshot> {
  private controller: AbortController | undefined;

  constructor(
    private readonly uploader: UploaderPart,
    private readonly fileId: string | null,
    private readonly options: FileOptions = {},
  ) {
    super(fileId === null ? NONE : LOADING);
  }

  readonly actions: FileActions = {
    refresh: () => {
      this.disconnect();
      this.follow();
    },
  };

  protected override connect(): void {
    const { state, file } = this.getSnapshot();
    if (!file || OPEN.has(state)) this.follow();
  }

  protected override disconnect(): void {
    this.controller?.abort();
  }

  private follow(): void {
    if (this.fileId === null) return;
    this.controller = new AbortController();
    void this.read(this.fileId, this.controller.signal);
  }

  private async read(fileId: string, signal: AbortSignal): Promise<void> {
    try {
      const file = await this.current(fileId, signal);
      const state = stageOf(file);
      this.set(signal, { state, file, error: null });
      if (OPEN.has(state)) await this.untilVerdict(fileId, signal);
    } catch (error) {
      const state = stateOfError(error);
      const file = state === 'failed' ? this.getSnapshot().file : null;
      this.set(signal, { state, file, error: toError(error) });
    }
  }

  /** Returns the file; one whose upload is open does not exist before its end. */
  private async current(fileId: string, signal: AbortSignal): Promise<FileRecord> {
    try {
      return await this.uploader.api.get(fileId, this.options.credential, signal);
    } catch (error) {
      if (stateOfError(error) !== 'deleted') throw error;
      return this.untilVerdict(fileId, signal);
    }
  }

  private async untilVerdict(fileId: string, signal: AbortSignal): Promise<FileRecord> {
    const onStage = (stage: Stage) => this.setStage(signal, stage);
    const file = await this.uploader.awaitVerdict(fileId, this.options.credential, { signal, onStage });
    this.set(signal, { state: stageOf(file), file, error: null });
    return file;
  }

  /** Final stages wait for the file, which contains the verdict. */
  private setStage(signal: AbortSignal, state: Stage): void {
    const before = this.getSnapshot();
    if (OPEN.has(state) && state !== before.state) this.set(signal, { ...before, state });
  }

  /** Ignores answers to a listener that is gone. */
  private set(signal: AbortSignal, snapshot: FileSnapshot): void {
    if (!signal.aborted) this.publish(snapshot);
  }
}

function stateOfError(error: unknown): FileState {
  const { status, isForeign } = error as Partial<ApiError>;
  switch (isForeign ? undefined : status) {
    case 401:
    case 403:
      return 'forbidden';
    case 404:
    case 410:
      return 'deleted';
    default:
      return 'failed';
  }
}
