import type { Credential, RememberedUpload, UploadDetails, Uploader, UploadMemory } from '../../client/index';
import type { ChosenFile } from '../adding/chosen-files';
import { isHeld, isTransferring } from '../file/file-state';
import { StartQueue } from './start-queue';
import type { UploadEntries } from './upload-entries';
import {
  type Replaced,
  replacing,
  type SameName,
  type SharedDetails,
  type UploadEntry,
  type UploadEvents,
  type UploadSource,
} from './upload-entry';
import { UploadRunner } from './upload-run';

/** Uploads that the engine has at the same time. It sends fewer; the others wait here, as each takes time to start. */
const STARTED = 20;

/** Starts, pauses, cancels and repeats the uploads of the files selected on this page. */
export class UploadQueue {
  private readonly sources = new Map<number, UploadSource>();
  private readonly runner: UploadRunner;
  private readonly starting = new StartQueue(STARTED, (key, leave) => {
    const source = this.sources.get(key);
    if (source) void this.runner.send(key, source, leave);
  });
  private nextKey = 1;

  constructor(
    readonly entries: UploadEntries,
    uploader: Uploader,
    memory: UploadMemory,
    events: UploadEvents,
  ) {
    this.runner = new UploadRunner(entries, uploader, memory, events);
    entries.onRemoved = (keys) => this.forget(keys);
  }

  /** Adds rows for files that wait for `start`, or for their password. Returns their keys. */
  hold(files: readonly ChosenFile[], shared: SharedDetails, resumes?: RememberedUpload): number[] {
    const entries = files.map((chosen) => this.createEntry(chosen, shared, resumes));
    this.entries.set([...[...entries].reverse(), ...this.entries.get()]);
    return entries.map(({ key }) => key);
  }

  /** Starts those of the files that still wait: the user may have cancelled some. Paused ones start when they resume. */
  start(keys: readonly number[]): void {
    for (const key of keys) {
      const source = this.sources.get(key);
      if (source) source.mayStart = true;
    }
    const waiting = new Set(
      this.entries.get().flatMap(({ key, state }) => (state === 'waiting' ? [key] : [])),
    );
    for (const key of keys) if (waiting.has(key)) this.starting.add(key);
  }

  /** Asks what to do about a file of the same name, if the file still waits. */
  ask(asked: ReadonlyMap<number, SameName>): void {
    if (asked.size === 0) return;
    this.entries.patchAll(({ key, state }) => {
      const sameName = asked.get(key);
      return sameName && (state === 'waiting' || state === 'paused')
        ? { state: 'needs-choice', sameName }
        : null;
    });
  }

  /** Ends the questions about files, which then wait for `start`: each with the file that it replaces, if any. */
  answer(answers: ReadonlyMap<number, Replaced | null>): void {
    for (const [key, replaced] of answers) {
      const source = this.sources.get(key);
      if (source) source.details = { ...source.details, ...replacing(replaced) };
    }
    this.entries.patchAll(({ key }) => {
      const replaced = answers.get(key);
      return replaced === undefined
        ? null
        : { replaces: replaced?.id ?? null, sameName: null, state: 'waiting' };
    });
  }

  rename(key: number, name: string): void {
    const source = this.sources.get(key);
    if (source) source.details = { ...source.details, filename: name };
    this.entries.patch(key, { name });
  }

  /** Sets the password of all files that wait for one; without one they are not private. Returns their keys. */
  setCredential(credential: Credential | undefined): number[] {
    const keys = this.entries.get().flatMap(({ key, state }) => (state === 'needs-password' ? [key] : []));
    for (const key of keys) {
      const source = this.sources.get(key);
      if (source) source.details = { ...source.details, credential };
    }
    const isPrivate = credential !== undefined;
    this.entries.patchAll(({ state }) =>
      state === 'needs-password' ? { state: 'waiting', isPrivate } : null,
    );
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
    this.entries.patch(key, { state: 'cancelled', progress: null });
    this.starting.remove(key);
    this.sources.get(key)?.controller.abort();
  }

  /** Cancels all uploads whose bytes are not all sent, also those that wait for a decision. */
  cancelAll(): void {
    const isOpen = ({ state }: UploadEntry) => isTransferring(state) || isHeld(state);
    const open = this.entries.get().filter(isOpen);
    for (const { key } of open) this.starting.remove(key);
    this.entries.patchAll((entry) => (isOpen(entry) ? { state: 'cancelled', progress: null } : null));
    for (const { key } of open) this.sources.get(key)?.controller.abort();
  }

  /** Pauses an upload; storage keeps its parts. */
  pause(key: number): void {
    this.sources.get(key)?.upload?.pause();
  }

  /** Pauses all uploads, also those that were not started, or whose names are still being looked up. */
  pauseAll(): void {
    this.starting.removeAll();
    const isParked = ({ key, state }: UploadEntry) => state === 'waiting' && !this.sources.get(key)?.upload;
    this.entries.patchAll((entry) => (isParked(entry) ? { state: 'paused' } : null));
    for (const { key } of this.entries.get()) this.pause(key);
  }

  resume(key: number): void {
    this.resumeThose([key]);
  }

  resumeAll(): void {
    const paused = this.entries.get().flatMap(({ key, state }) => (state === 'paused' ? [key] : []));
    this.resumeThose(paused.reverse());
  }

  /** Sends the missing parts of a failed file, or scans a stored one again. */
  retry(key: number): void {
    const source = this.sources.get(key);
    const entry = this.entries.find(key);
    if (!source || !entry) return;
    source.controller = new AbortController();
    source.upload = undefined;
    if (entry.record) void this.runner.scanAgain(key, source, entry.record);
    else {
      this.entries.patch(key, { state: 'waiting', error: null, progress: null });
      this.starting.add(key);
    }
  }

  /** Returns a file that was cancelled, or failed before it had an upload, to its state before the start. */
  reset(key: number): boolean {
    const source = this.sources.get(key);
    const entry = this.entries.find(key);
    if (!source || !entry || entry.record) return false;
    if (entry.state !== 'cancelled' && source.session) return false;
    Object.assign(source, { session: undefined, resumes: undefined, upload: undefined, mayStart: false });
    source.controller = new AbortController();
    const needsPassword = entry.isPrivate && !source.details.credential;
    const state = needsPassword ? 'needs-password' : 'waiting';
    this.entries.patch(key, { state, error: null, progress: null, sameName: null });
    return true;
  }

  /** Resumes the started ones, and starts the others; those whose names are being looked up wait for that. */
  private resumeThose(keys: readonly number[]): void {
    const uploads = keys.map((key) => this.sources.get(key)?.upload);
    const parked = keys.filter((_, at) => !uploads[at]);
    const isParked = new Set(parked);
    if (parked.length > 0)
      this.entries.patchAll(({ key }) => (isParked.has(key) ? { state: 'waiting' } : null));
    for (const upload of uploads) upload?.resume();
    for (const key of parked) if (this.sources.get(key)?.mayStart) this.starting.add(key);
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
      mayStart: false,
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

  private forget(keys: readonly number[]): void {
    for (const key of keys) {
      this.starting.remove(key);
      this.sources.get(key)?.controller.abort();
      this.sources.delete(key);
    }
  }
}
