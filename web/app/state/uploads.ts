import {
  AlreadyStoredError,
  type Credential,
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
import { Store } from './store';

/** Whom a file belongs to and who may take it out. */
export interface Papers {
  userId?: string | undefined;
  appointmentId?: string | undefined;
  credential?: Credential | undefined;
}

/** One chosen file as the page shows it. `record` is there once the file is stored. */
export interface UploadEntry {
  key: number;
  name: string;
  size: number;
  isPrivate: boolean;
  state: RowState;
  progress: Progress | null;
  record: FileRecord | null;
  error: unknown;
  /** An unfinished upload of this name was of another file. */
  isDifferent: boolean;
  /** It was cancelled when it was a file already. */
  isTooLate: boolean;
  /** Until when storage keeps what has arrived, RFC 3339; looked up when it stops. */
  keptUntil: string | null;
}

export interface UploadEvents {
  began(session: UploadSession): void;
  stored(entry: UploadEntry): void;
  settled(entry: UploadEntry): void;
}

/** What an entry needs to be sent (again); kept apart from what is shown. */
interface Cargo {
  file: File;
  details: UploadDetails;
  session: UploadSession | undefined;
  controller: AbortController;
  upload?: Upload;
}

/** The page redraws bytes so often at most. Milliseconds. */
const PROGRESS_INTERVAL = 120;

/** The files chosen on this page, newest first, from waiting to verdict. */
export class UploadQueue extends Store<readonly UploadEntry[]> {
  private readonly cargo = new Map<number, Cargo>();
  private nextKey = 1;

  constructor(
    private readonly uploader: Uploader,
    private readonly memory: UploadMemory,
    private readonly events: UploadEvents,
  ) {
    super([]);
  }

  add(files: readonly File[], papers: Papers): void {
    const entries = files.map((file) => this.load(file, papers));
    this.set([...[...entries].reverse(), ...this.get()]);
    for (const { key } of entries) this.begin(key);
  }

  /** Stops a file; an upload that has begun is forgotten at storage too. */
  cancel(key: number): void {
    this.patch(key, { state: 'cancelled', progress: null });
    this.cargo.get(key)?.controller.abort();
  }

  /** Stops the bytes of a file; what has arrived stays. */
  pause(key: number): void {
    this.cargo.get(key)?.upload?.pause();
  }

  resume(key: number): void {
    this.cargo.get(key)?.upload?.resume();
  }

  /** Sends a failed or cancelled file again, only what is missing of it; a stored one is scanned again. */
  retry(key: number): void {
    const cargo = this.cargo.get(key);
    const entry = this.find(key);
    if (!cargo || !entry) return;
    cargo.controller = new AbortController();
    if (entry.state === 'cancelled') cargo.session = undefined;
    if (entry.record) void this.scanAgain(key, cargo, entry.record);
    else {
      this.patch(key, { state: 'waiting', error: null, progress: null });
      this.begin(key);
    }
  }

  remove(key: number): void {
    this.cargo.get(key)?.controller.abort();
    this.cargo.delete(key);
    this.set(this.get().filter((entry) => entry.key !== key));
  }

  /** Shows a stored file as it is now. */
  renew(record: FileRecord): void {
    const entry = this.get().find((one) => one.record?.id === record.id);
    if (entry) this.patch(entry.key, { record, state: stateOfFile(record) });
  }

  /** The file of this id is gone from storage. */
  removeStored(id: string): void {
    const entry = this.get().find(({ record }) => record?.id === id);
    if (entry) this.remove(entry.key);
  }

  /** Files with a verdict leave; the list of stored files has them. */
  removeSettled(): void {
    const settled = this.get().filter((entry) => entry.record && !isUnsettled(entry.state));
    for (const entry of settled) this.remove(entry.key);
  }

  private load(file: File, { userId, appointmentId, credential }: Papers): UploadEntry {
    const key = this.nextKey;
    this.nextKey += 1;
    const details = { filename: file.name, userId, appointmentId, credential };
    this.cargo.set(key, { file, details, session: undefined, controller: new AbortController() });
    const shown = { name: file.name, size: file.size, isPrivate: credential !== undefined };
    const nothing = { progress: null, record: null, error: null, isDifferent: false, isTooLate: false };
    return { key, ...shown, ...nothing, keptUntil: null, state: 'waiting' };
  }

  /** The engine lets so many travel at once; the others wait for their turn. */
  private begin(key: number): void {
    const cargo = this.cargo.get(key);
    if (cargo) void this.send(key, cargo);
  }

  private async send(key: number, cargo: Cargo): Promise<void> {
    const { signal } = cargo.controller;
    try {
      cargo.upload = this.uploader.upload(cargo.file, {
        ...cargo.details,
        signal,
        session: cargo.session,
        onSession: (session) => {
          cargo.session = session;
          this.events.began(session);
        },
        onProgress: this.throttled((progress) => this.patchLive(key, signal, { progress })),
        onStored: (stored) => this.stored(key, signal, stored),
        onStage: (stage) => this.pass(key, signal, stage),
        onDifferent: () => this.patchLive(key, signal, { isDifferent: true }),
      });
      const record = await cargo.upload.done;
      this.settle(key, signal, { state: stateOfFile(record), record });
    } catch (error) {
      if (signal.aborted) await this.notCancelled(key, cargo, signal, error);
      else this.settle(key, signal, { state: this.find(key)?.record ? 'scan-failed' : 'failed', error });
      void this.lookUpExpiry(key, signal);
    }
  }

  /** A file that was cancelled and is there all the same is shown; so is that nobody could be asked whether it is. */
  private async notCancelled(key: number, cargo: Cargo, signal: AbortSignal, error: unknown): Promise<void> {
    if (cargo.controller.signal !== signal || this.find(key)?.state !== 'cancelled') return;
    if (error === signal.reason) return;
    cargo.controller = new AbortController();
    const { signal: next } = cargo.controller;
    if (!(error instanceof AlreadyStoredError)) {
      this.settle(key, next, { state: 'failed', error });
      return;
    }
    this.patch(key, { isTooLate: true });
    this.stored(key, next, error.file);
    await this.watch(key, cargo, error.file);
  }

  private async scanAgain(key: number, cargo: Cargo, stored: FileRecord): Promise<void> {
    this.patch(key, { state: 'queued', error: null });
    await this.watch(key, cargo, stored, () =>
      this.uploader.api.scanAgain(stored.id, cargo.details.credential),
    );
  }

  /** Shows how a stored file comes to its verdict, once that is asked for. */
  private async watch(
    key: number,
    { details: { credential }, controller: { signal } }: Cargo,
    { id }: FileRecord,
    ask: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    try {
      await ask();
      const onStage = (stage: Stage) => this.pass(key, signal, stage);
      const record = await this.uploader.awaitVerdict(id, credential, { signal, onStage });
      this.settle(key, signal, { state: stateOfFile(record), record });
    } catch (error) {
      this.settle(key, signal, { state: 'scan-failed', error });
    }
  }

  private pass(key: number, signal: AbortSignal, stage: EngineEvents['stage']): void {
    const state = stateOfStage(stage);
    if (state) this.patchLive(key, signal, { state });
    if (state === 'paused') void this.lookUpExpiry(key, signal);
  }

  private async lookUpExpiry(key: number, signal: AbortSignal): Promise<void> {
    const uploadId = this.cargo.get(key)?.session?.uploadId;
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

  /** News of a try that was cancelled meanwhile is no news. */
  private patchLive(key: number, signal: AbortSignal, change: Partial<UploadEntry>): void {
    if (!signal.aborted) this.patch(key, change);
  }

  /** What changes nothing is no change: the same stage is heard of many times, and every change draws all rows. */
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
