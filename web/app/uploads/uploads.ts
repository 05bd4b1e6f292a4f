import {
  AlreadyStoredError,
  ApiError,
  type Credential,
  type FileRecord,
  type Progress,
  type RememberedUpload,
  type Stage,
  type Upload,
  type UploadDetails,
  type Uploader,
  type UploadOptions,
  type UploadMemory,
  type UploadEvents as EngineEvents,
  type UploadSession,
} from '../../client/index';
import type { ChosenFile } from '../adding/chosen-files';
import {
  isHeld,
  isTransferring,
  isUnsettled,
  type RowState,
  stateOfFile,
  stateOfStage,
} from '../file/file-state';
import { StartQueue } from './start-queue';
import { Store } from '../../shared/state/store';

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

export interface UploadEvents {
  started(session: UploadSession): void;
  stored(entry: UploadEntry): void;
  settled(entry: UploadEntry): void;
  /** The chosen file is not that of the unfinished upload, or this could not be resumed. */
  notResumed(uploadId: string, error: unknown): void;
}

/** What is needed to upload an entry, also for another try. */
interface UploadSource {
  file: File;
  details: UploadDetails;
  session: UploadSession | undefined;
  /** The unfinished upload of an earlier page that it resumes. */
  resumes: string | undefined;
  controller: AbortController;
  upload: Upload | undefined;
}

/** Uploads that the engine has at the same time. It sends fewer; the others wait here, as each takes time to start. */
const STARTED = 20;
/** The shortest time between two renderings of the progress. Milliseconds. */
const PROGRESS_INTERVAL = 120;
/** Refusals of a replacement, which is decided again: the old file may not be deleted, or does not exist any more. */
const NOT_REPLACED = new Set(['file_on_hold', 'file_not_found', 'scope_missing', 'wrong_credential']);

/** The files selected on this page, newest first, until their verdict. */
export class UploadQueue extends Store<readonly UploadEntry[]> {
  private readonly sources = new Map<number, UploadSource>();
  private readonly starting = new StartQueue(STARTED, (key, leave) => {
    const source = this.sources.get(key);
    if (source) void this.send(key, source, leave);
  });
  private nextKey = 1;

  constructor(
    private readonly uploader: Uploader,
    private readonly memory: UploadMemory,
    private readonly events: UploadEvents,
  ) {
    super([]);
  }

  /** Adds rows for files that wait for `start`, or for their password. Returns their keys. */
  hold(files: readonly ChosenFile[], shared: SharedDetails, resumes?: RememberedUpload): number[] {
    const entries = files.map((chosen) => this.createEntry(chosen, shared, resumes));
    this.set([...[...entries].reverse(), ...this.get()]);
    return entries.map(({ key }) => key);
  }

  /** Starts those of the files that still wait: the user may have cancelled some. */
  start(keys: readonly number[]): void {
    const waiting = new Set(this.get().flatMap(({ key, state }) => (state === 'waiting' ? [key] : [])));
    for (const key of keys) if (waiting.has(key)) this.starting.add(key);
  }

  /** Asks what to do about a file of the same name, if the file still waits. */
  ask(asked: ReadonlyMap<number, SameName>): void {
    if (asked.size === 0) return;
    this.patchAll(({ key, state }) => {
      const sameName = asked.get(key);
      return sameName && state === 'waiting' ? { state: 'needs-choice', sameName } : null;
    });
  }

  /** Ends the questions about files, which then wait for `start`: each with the file that it replaces, if any. */
  answer(answers: ReadonlyMap<number, Replaced | null>): void {
    for (const [key, replaced] of answers) {
      const source = this.sources.get(key);
      if (source) source.details = { ...source.details, ...replacing(replaced) };
    }
    this.patchAll(({ key }) => {
      const replaced = answers.get(key);
      return replaced === undefined
        ? null
        : { replaces: replaced?.id ?? null, sameName: null, state: 'waiting' };
    });
  }

  rename(key: number, name: string): void {
    const source = this.sources.get(key);
    if (source) source.details = { ...source.details, filename: name };
    this.patch(key, { name });
  }

  /** Sets the password of all files that wait for one; without one they are not private. Returns their keys. */
  setCredential(credential: Credential | undefined): number[] {
    const keys = this.get().flatMap(({ key, state }) => (state === 'needs-password' ? [key] : []));
    for (const key of keys) {
      const source = this.sources.get(key);
      if (source) source.details = { ...source.details, credential };
    }
    const isPrivate = credential !== undefined;
    this.patchAll(({ state }) => (state === 'needs-password' ? { state: 'waiting', isPrivate } : null));
    return keys.reverse();
  }

  /** The user and appointment of a file. */
  assignmentOf(key: number): Pick<UploadDetails, 'userId' | 'appointmentId'> {
    return this.sources.get(key)?.details ?? {};
  }

  /** When the file on disk was changed; milliseconds since the epoch. Read on demand, as browsers ask the disk for it. */
  lastModified(key: number): number {
    return this.sources.get(key)?.file.lastModified ?? 0;
  }

  /** Whether the file resumes an upload of an earlier page. */
  isResumed(key: number): boolean {
    return this.sources.get(key)?.resumes !== undefined;
  }

  /** Cancels an upload and deletes its parts in storage. */
  cancel(key: number): void {
    this.patch(key, { state: 'cancelled', progress: null });
    this.starting.remove(key);
    this.sources.get(key)?.controller.abort();
  }

  /** Cancels all uploads whose bytes are not all sent, also those that wait for a decision. */
  cancelAll(): void {
    const isOpen = ({ state }: UploadEntry) => isTransferring(state) || isHeld(state);
    const open = this.get().filter(isOpen);
    for (const { key } of open) this.starting.remove(key);
    this.patchAll((entry) => (isOpen(entry) ? { state: 'cancelled', progress: null } : null));
    for (const { key } of open) this.sources.get(key)?.controller.abort();
  }

  /** Pauses an upload; storage keeps its parts. */
  pause(key: number): void {
    this.sources.get(key)?.upload?.pause();
  }

  /** Pauses all uploads, also those that were not started. */
  pauseAll(): void {
    const parked = new Set(this.starting.removeAll());
    this.patchAll(({ key }) => (parked.has(key) ? { state: 'paused' } : null));
    for (const { key } of this.get()) this.pause(key);
  }

  resume(key: number): void {
    this.resumeThose([key]);
  }

  resumeAll(): void {
    const paused = this.get().flatMap(({ key, state }) => (state === 'paused' ? [key] : []));
    this.resumeThose(paused.reverse());
  }

  /** Sends the missing parts of a failed file, or scans a stored one again. */
  retry(key: number): void {
    const source = this.sources.get(key);
    const entry = this.find(key);
    if (!source || !entry) return;
    source.controller = new AbortController();
    source.upload = undefined;
    if (entry.record) void this.scanAgain(key, source, entry.record);
    else {
      this.patch(key, { state: 'waiting', error: null, progress: null });
      this.starting.add(key);
    }
  }

  /** Returns a file that was cancelled, or failed before it had an upload, to its state before the start. */
  reset(key: number): boolean {
    const source = this.sources.get(key);
    const entry = this.find(key);
    if (!source || !entry || entry.record) return false;
    if (entry.state !== 'cancelled' && source.session) return false;
    Object.assign(source, { session: undefined, resumes: undefined, upload: undefined });
    source.controller = new AbortController();
    const needsPassword = entry.isPrivate && !source.details.credential;
    const state = needsPassword ? 'needs-password' : 'waiting';
    this.patch(key, { state, error: null, progress: null, sameName: null });
    return true;
  }

  remove(...keys: number[]): void {
    const removed = new Set(keys);
    for (const key of keys) {
      this.starting.remove(key);
      this.sources.get(key)?.controller.abort();
      this.sources.delete(key);
    }
    this.set(this.get().filter(({ key }) => !removed.has(key)));
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
    if (settled.length > 0) this.remove(...settled.map(({ key }) => key));
  }

  /** Resumes the started ones, and starts the others. */
  private resumeThose(keys: readonly number[]): void {
    const uploads = keys.map((key) => this.sources.get(key)?.upload);
    const parked = keys.filter((_, at) => !uploads[at]);
    const isParked = new Set(parked);
    if (parked.length > 0) this.patchAll(({ key }) => (isParked.has(key) ? { state: 'waiting' } : null));
    for (const upload of uploads) upload?.resume();
    this.start(parked);
  }

  private createEntry(
    { file, pathName }: ChosenFile,
    { userId, appointmentId, credential, isPrivate }: SharedDetails,
    resumes?: RememberedUpload,
  ): UploadEntry {
    const key = this.nextKey;
    this.nextKey += 1;
    const filename = resumes?.name ?? file.name;
    // a resumed upload has its folder already
    const details = { filename, userId, appointmentId, credential, pathName: pathName || undefined };
    const controller = new AbortController();
    this.sources.set(key, {
      file,
      details,
      session: undefined,
      resumes: resumes?.upload_id,
      controller,
      upload: undefined,
    });
    return {
      key,
      name: filename,
      pathName,
      size: file.size,
      isPrivate,
      state: isPrivate && !credential ? 'needs-password' : 'waiting',
      progress: null,
      record: null,
      error: null,
      isDifferent: false,
      isTooLate: false,
      keptUntil: null,
      sameName: null,
      replaces: null,
    };
  }

  /** `leave`: called when others may start, as this one is stored, paused or ended. */
  private async send(key: number, source: UploadSource, leave: () => void): Promise<void> {
    const { signal } = source.controller;
    try {
      source.upload = this.begin(source, {
        ...source.details,
        signal,
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
      else this.fail(key, source, error);
      void this.lookUpExpiry(key, signal);
    } finally {
      leave();
    }
  }

  private begin({ file, session, resumes }: UploadSource, options: UploadOptions): Upload {
    if (resumes && !session) return this.uploader.resume(resumes, file, options);
    return this.uploader.upload(file, { ...options, session });
  }

  private fail(key: number, source: UploadSource, error: unknown): void {
    const { signal } = source.controller;
    const entry = this.find(key);
    if (source.resumes && !source.session) {
      this.remove(key);
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

  /** Changes many entries at once, because each change of the list renders it. */
  private patchAll(changeOf: (entry: UploadEntry) => Partial<UploadEntry> | null): void {
    this.set(
      this.get().map((entry) => {
        const change = changeOf(entry);
        return change ? { ...entry, ...change } : entry;
      }),
    );
  }

  private find(key: number): UploadEntry | undefined {
    return this.get().find((entry) => entry.key === key);
  }
}

const replacing = (replaced: Replaced | null): Pick<UploadDetails, 'replaces' | 'replacedCredential'> => ({
  replaces: replaced?.id,
  replacedCredential: replaced?.credential,
});
