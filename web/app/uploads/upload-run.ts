import {
  AlreadyStoredError,
  ApiError,
  type FileRecord,
  type Progress,
  type Stage,
  type Upload,
  type Uploader,
  type UploadEvents as EngineEvents,
  type UploadMemory,
  type UploadOptions,
} from '../../client/index';
import { stateOfFile, stateOfStage } from '../file/file-state';
import type { UploadEntries } from './upload-entries';
import { replacing, type UploadEntry, type UploadEvents, type UploadSource } from './upload-entry';

/** The shortest time between two renderings of the progress. Milliseconds. */
const PROGRESS_INTERVAL = 120;
/** Refusals of a replacement, which is decided again: the old file may not be deleted, or does not exist any more. */
const NOT_REPLACED = new Set(['file_on_hold', 'file_not_found', 'scope_missing', 'wrong_credential']);

/** Runs uploads by the engine, and shows their progress in their rows. */
export class UploadRunner {
  constructor(
    private readonly entries: UploadEntries,
    private readonly uploader: Uploader,
    private readonly memory: UploadMemory,
    private readonly events: UploadEvents,
  ) {}

  /** `leave`: called when others may start, as this one is stored, paused or ended. */
  async send(key: number, source: UploadSource, leave: () => void): Promise<void> {
    const { signal } = source.controller;
    try {
      source.upload = begin(this.uploader, source, {
        ...source.details,
        signal,
        onSession: (session) => {
          source.session = session;
          this.events.started(session);
        },
        onProgress: throttled((progress) => this.patchLive(key, signal, { progress })),
        onStored: (stored) => {
          leave();
          this.stored(key, signal, stored);
        },
        onStage: (stage) => {
          if (stage === 'paused') leave();
          this.setStage(key, source, signal, stage);
        },
        onDifferent: () => this.patchLive(key, signal, { isDifferent: true }),
      });
      const record = await source.upload.done;
      this.settle(key, signal, { state: stateOfFile(record), record });
    } catch (error) {
      if (signal.aborted) await this.handleCancelFailure(key, source, signal, error);
      else this.fail(key, source, error);
      void this.lookUpExpiry(key, source, signal);
    } finally {
      leave();
    }
  }

  private fail(key: number, source: UploadSource, error: unknown): void {
    const { signal } = source.controller;
    const entry = this.entries.find(key);
    if (source.resumes && !source.session) {
      this.entries.remove(key);
      this.events.notResumed(source.resumes, error);
    } else if (entry?.replaces && error instanceof ApiError && NOT_REPLACED.has(error.code)) {
      source.details = { ...source.details, ...replacing(null) };
      this.settle(key, signal, { state: 'failed', error, replaces: null });
    } else this.settle(key, signal, { state: entry?.record ? 'scan-failed' : 'failed', error });
  }

  /** Shows a file that was stored before it could be cancelled, and an error where the service could not be reached. */
  private async handleCancelFailure(
    key: number,
    source: UploadSource,
    signal: AbortSignal,
    error: unknown,
  ): Promise<void> {
    if (source.controller.signal !== signal || this.entries.find(key)?.state !== 'cancelled') return;
    if (error === signal.reason) return;
    source.controller = new AbortController();
    const { signal: next } = source.controller;
    if (!(error instanceof AlreadyStoredError)) {
      this.settle(key, next, { state: 'failed', error });
      return;
    }
    this.entries.patch(key, { isTooLate: true });
    this.stored(key, next, error.file);
    await this.followScan(key, source, error.file);
  }

  async scanAgain(key: number, source: UploadSource, stored: FileRecord): Promise<void> {
    this.entries.patch(key, { state: 'queued', error: null });
    await this.followScan(key, source, stored, () =>
      this.uploader.api.scanAgain(stored.id, source.details.credential),
    );
  }

  /** Shows the stages of a scan until its verdict; `request` starts the scan. */
  private async followScan(
    key: number,
    source: UploadSource,
    { id }: FileRecord,
    request: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    const {
      details: { credential },
      controller: { signal },
    } = source;
    try {
      await request();
      const onStage = (stage: Stage) => this.setStage(key, source, signal, stage);
      const record = await this.uploader.awaitVerdict(id, credential, { signal, onStage });
      this.settle(key, signal, { state: stateOfFile(record), record });
    } catch (error) {
      this.settle(key, signal, { state: 'scan-failed', error });
    }
  }

  private setStage(
    key: number,
    source: UploadSource,
    signal: AbortSignal,
    stage: EngineEvents['stage'],
  ): void {
    const state = stateOfStage(stage);
    if (state) this.patchLive(key, signal, { state });
    if (state === 'paused') void this.lookUpExpiry(key, source, signal);
  }

  private async lookUpExpiry(key: number, source: UploadSource, signal: AbortSignal): Promise<void> {
    const uploadId = source.session?.uploadId;
    const open = (await this.memory.all()).find(({ upload_id }) => upload_id === uploadId);
    this.patchLive(key, signal, { keptUntil: open?.expires_at ?? null });
  }

  private stored(key: number, signal: AbortSignal, record: FileRecord): void {
    this.patchLive(key, signal, { state: stateOfFile(record), record });
    const entry = this.entries.find(key);
    if (entry) this.events.stored(entry);
  }

  private settle(key: number, signal: AbortSignal, change: Partial<UploadEntry>): void {
    if (signal.aborted) return;
    this.entries.patch(key, change);
    const entry = this.entries.find(key);
    if (entry) this.events.settled(entry);
  }

  /** Ignores events of a try that was cancelled meanwhile. */
  private patchLive(key: number, signal: AbortSignal, change: Partial<UploadEntry>): void {
    if (!signal.aborted) this.entries.patch(key, change);
  }
}

function begin(uploader: Uploader, { file, session, resumes }: UploadSource, options: UploadOptions): Upload {
  if (resumes && !session) return uploader.resume(resumes, file, options);
  return uploader.upload(file, { ...options, session });
}

function throttled(report: (progress: Progress) => void): (progress: Progress) => void {
  let last = 0;
  return (progress) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL && progress.sent < progress.size) return;
    last = now;
    report(progress);
  };
}
