import {
  AlreadyStoredError,
  type FileRecord,
  type Progress,
  type Stage,
  type Upload,
  type UploadDetails,
  type Uploader,
  type UploadMemory,
  type UploadEvents as EngineEvents,
  type UploadSession,
} from '../../client/index';
import { isUnsettled, type RowState, stateOfFile, stateOfStage } from './file-state';
import { Store } from '../../shared/state/store';

/** The details that all files of one selection share. */
export type SharedDetails = Pick<UploadDetails, 'userId' | 'appointmentId' | 'credential' | 'pathName'>;

/** A selected file as the page shows it. `record` is null until the file is stored. */
export interface UploadEntry {
  key: number;
  name: string;
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
}

export interface UploadEvents {
  started(session: UploadSession): void;
  stored(entry: UploadEntry): void;
  settled(entry: UploadEntry): void;
}

/** What is needed to upload an entry, also for another try. */
interface UploadSource {
  file: File;
  details: UploadDetails;
  session: UploadSession | undefined;
  controller: AbortController;
  upload?: Upload;
}

/** Uploads that the engine has at the same time. It sends fewer; the others wait here, as each takes time to start. */
const STARTED = 20;
/** The shortest time between two renderings of the progress. Milliseconds. */
const PROGRESS_INTERVAL = 120;

/** The files selected on this page, newest first, until their verdict. */
export class UploadQueue extends Store<readonly UploadEntry[]> {
  private readonly sources = new Map<number, UploadSource>();
  /** Keys of the uploads that are not started yet, in their order. */
  private readonly waiting = new Set<number>();
  /** Uploads that were started and are not stored yet. */
  private started = 0;
  private nextKey = 1;

  constructor(
    private readonly uploader: Uploader,
    private readonly memory: UploadMemory,
    private readonly events: UploadEvents,
  ) {
    super([]);
  }

  add(files: readonly File[], shared: SharedDetails): void {
    const entries = files.map((file) => this.createEntry(file, shared));
    this.set([...[...entries].reverse(), ...this.get()]);
    for (const { key } of entries) this.start(key);
  }

  /** Cancels an upload and deletes its parts in storage. */
  cancel(key: number): void {
    this.patch(key, { state: 'cancelled', progress: null });
    this.waiting.delete(key);
    this.sources.get(key)?.controller.abort();
  }

  /** Pauses an upload; storage keeps its parts. */
  pause(key: number): void {
    this.sources.get(key)?.upload?.pause();
  }

  resume(key: number): void {
    this.sources.get(key)?.upload?.resume();
  }

  /** Sends the missing parts of a failed file, or a cancelled file from the start; scans a stored one again. */
  retry(key: number): void {
    const source = this.sources.get(key);
    const entry = this.find(key);
    if (!source || !entry) return;
    source.controller = new AbortController();
    if (entry.state === 'cancelled') source.session = undefined;
    if (entry.record) void this.scanAgain(key, source, entry.record);
    else {
      this.patch(key, { state: 'waiting', error: null, progress: null });
      this.start(key);
    }
  }

  remove(key: number): void {
    this.waiting.delete(key);
    this.sources.get(key)?.controller.abort();
    this.sources.delete(key);
    this.set(this.get().filter((entry) => entry.key !== key));
  }

  /** Shows the current record of a stored file. */
  updateRecord(record: FileRecord): void {
    const entry = this.get().find((one) => one.record?.id === record.id);
    if (entry) this.patch(entry.key, { record, name: record.filename, state: stateOfFile(record) });
  }

  /** Removes the row of a file that was deleted. */
  removeStored(id: string): void {
    const entry = this.get().find(({ record }) => record?.id === id);
    if (entry) this.remove(entry.key);
  }

  /** Removes the rows of files with a verdict: the list of stored files contains them. */
  removeSettled(): void {
    const settled = this.get().filter((entry) => entry.record && !isUnsettled(entry.state));
    for (const entry of settled) this.remove(entry.key);
  }

  private createEntry(
    file: File,
    { userId, appointmentId, credential, pathName }: SharedDetails,
  ): UploadEntry {
    const key = this.nextKey;
    this.nextKey += 1;
    const details = { filename: file.name, userId, appointmentId, credential, pathName };
    this.sources.set(key, { file, details, session: undefined, controller: new AbortController() });
    const fields = { name: file.name, size: file.size, isPrivate: credential !== undefined };
    const empty = { progress: null, record: null, error: null, isDifferent: false, isTooLate: false };
    return { key, ...fields, ...empty, keptUntil: null, state: 'waiting' };
  }

  private start(key: number): void {
    this.waiting.add(key);
    this.startNext();
  }

  private startNext(): void {
    for (const key of this.waiting) {
      if (this.started >= STARTED) return;
      this.waiting.delete(key);
      const source = this.sources.get(key);
      if (source) void this.send(key, source, this.takePlace());
    }
  }

  /** Takes a place among the started uploads; returns the function that gives it to the next one. */
  private takePlace(): () => void {
    let isTaken = true;
    this.started += 1;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.started -= 1;
      this.startNext();
    };
  }

  /** `leave`: called when others may start, as this one is stored, paused or ended. */
  private async send(key: number, source: UploadSource, leave: () => void): Promise<void> {
    const { signal } = source.controller;
    try {
      source.upload = this.uploader.upload(source.file, {
        ...source.details,
        signal,
        session: source.session,
        onSession: (session) => {
          source.session = session;
          this.events.started(session);
        },
        onProgress: this.throttled((progress) => this.patchLive(key, signal, { progress })),
        onStored: (stored) => {
          leave();
          this.stored(key, signal, stored);
        },
        onStage: (stage) => {
          if (stage === 'paused') leave();
          this.setStage(key, signal, stage);
        },
        onDifferent: () => this.patchLive(key, signal, { isDifferent: true }),
      });
      const record = await source.upload.done;
      this.settle(key, signal, { state: stateOfFile(record), record });
    } catch (error) {
      if (signal.aborted) await this.handleCancelFailure(key, source, signal, error);
      else this.settle(key, signal, { state: this.find(key)?.record ? 'scan-failed' : 'failed', error });
      void this.lookUpExpiry(key, signal);
    } finally {
      leave();
    }
  }

  /** Shows a file that was stored before it could be cancelled, and an error where the service could not be reached. */
  private async handleCancelFailure(
    key: number,
    source: UploadSource,
    signal: AbortSignal,
    error: unknown,
  ): Promise<void> {
    if (source.controller.signal !== signal || this.find(key)?.state !== 'cancelled') return;
    if (error === signal.reason) return;
    source.controller = new AbortController();
    const { signal: next } = source.controller;
    if (!(error instanceof AlreadyStoredError)) {
      this.settle(key, next, { state: 'failed', error });
      return;
    }
    this.patch(key, { isTooLate: true });
    this.stored(key, next, error.file);
    await this.followScan(key, source, error.file);
  }

  private async scanAgain(key: number, source: UploadSource, stored: FileRecord): Promise<void> {
    this.patch(key, { state: 'queued', error: null });
    await this.followScan(key, source, stored, () =>
      this.uploader.api.scanAgain(stored.id, source.details.credential),
    );
  }

  /** Shows the stages of a scan until its verdict; `request` starts the scan. */
  private async followScan(
    key: number,
    { details: { credential }, controller: { signal } }: UploadSource,
    { id }: FileRecord,
    request: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    try {
      await request();
      const onStage = (stage: Stage) => this.setStage(key, signal, stage);
      const record = await this.uploader.awaitVerdict(id, credential, { signal, onStage });
      this.settle(key, signal, { state: stateOfFile(record), record });
    } catch (error) {
      this.settle(key, signal, { state: 'scan-failed', error });
    }
  }

  private setStage(key: number, signal: AbortSignal, stage: EngineEvents['stage']): void {
    const state = stateOfStage(stage);
    if (state) this.patchLive(key, signal, { state });
    if (state === 'paused') void this.lookUpExpiry(key, signal);
  }

  private async lookUpExpiry(key: number, signal: AbortSignal): Promise<void> {
    const uploadId = this.sources.get(key)?.session?.uploadId;
    const open = (await this.memory.all()).find(({ upload_id }) => upload_id === uploadId);
    this.patchLive(key, signal, { keptUntil: open?.expires_at ?? null });
  }

  private stored(key: number, signal: AbortSignal, record: FileRecord): void {
    this.patchLive(key, signal, { state: stateOfFile(record), record });
    const entry = this.find(key);
    if (entry) this.events.stored(entry);
  }

  private settle(key: number, signal: AbortSignal, change: Partial<UploadEntry>): void {
    if (signal.aborted) return;
    this.patch(key, change);
    const entry = this.find(key);
    if (entry) this.events.settled(entry);
  }

  private throttled(report: (progress: Progress) => void): (progress: Progress) => void {
    let last = 0;
    return (progress) => {
      const now = performance.now();
      if (now - last < PROGRESS_INTERVAL && progress.sent < progress.size) return;
      last = now;
      report(progress);
    };
  }

  /** Ignores events of a try that was cancelled meanwhile. */
  private patchLive(key: number, signal: AbortSignal, change: Partial<UploadEntry>): void {
    if (!signal.aborted) this.patch(key, change);
  }

  /** Ignores changes to equal values: stages are reported repeatedly, and every change renders all rows. */
  private patch(key: number, change: Partial<UploadEntry>): void {
    const before = this.find(key);
    if (!before) return;
    const after = { ...before, ...change };
    const same = (Object.keys(change) as (keyof UploadEntry)[]).every((name) => after[name] === before[name]);
    if (!same) this.set(this.get().map((entry) => (entry.key === key ? after : entry)));
  }

  private find(key: number): UploadEntry | undefined {
    return this.get().find((entry) => entry.key === key);
  }
}
