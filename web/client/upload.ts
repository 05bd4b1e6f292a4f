import type { ChunkPlan } from './chunks';
import { PauseControl } from './pause';
import type { Progress } from './progress';
import type { FileRecord, Stage } from './types';

/** An open upload: enough to carry on after a failure on the same page. */
export interface UploadSession {
  uploadId: string;
  fileId: string;
  plan: ChunkPlan;
}

/** What happens to an upload, by name. */
export interface UploadEvents {
  /** It has an upload_id; also when it carries on with an earlier one. */
  session: UploadSession;
  progress: Progress;
  /** All bytes are in storage and the file is recorded; the verdict is still open. */
  stored: FileRecord;
  /**
   * The stage changed. `waiting` for its turn, `comparing` with what storage has, `offline` while there is no network,
   * `paused`, and then the service's own.
   */
  stage: Stage | 'waiting' | 'comparing' | 'offline' | 'paused';
  /** An unfinished upload of the same name is of another file, so this one starts anew; the other can still go on. */
  different: { uploadId: string };
}

/** Later there are no bytes to stop. */
const PAUSABLE: ReadonlySet<UploadEvents['stage']> = new Set([
  'waiting',
  'uploading',
  'comparing',
  'offline',
] as const);

type Listener<K extends keyof UploadEvents> = (event: UploadEvents[K]) => void;

/** One file on its way. */
export class Upload {
  /**
   * The file with its verdict. Rejects with what went wrong; a failure keeps the upload open, an abort forgets it, and one
   * that came too late rejects with an AlreadyStoredError.
   */
  readonly done: Promise<FileRecord>;
  readonly signal: AbortSignal;
  readonly pauseControl = new PauseControl();
  /** Where it is, paused or not. */
  stage: UploadEvents['stage'] = 'waiting';
  private readonly controller = new AbortController();
  private readonly listeners = new Map<keyof UploadEvents, Set<Listener<never>>>();

  constructor(run: (upload: Upload) => Promise<FileRecord>, signal?: AbortSignal) {
    const own = this.controller.signal;
    this.signal = signal ? AbortSignal.any([signal, own]) : own;
    this.done = Promise.resolve().then(() => run(this));
    this.done.catch(() => undefined); // whoever listens to events alone has heard of it
  }

  get paused(): boolean {
    return this.pauseControl.paused;
  }

  /** Begins no further part. Those under way have half a minute to arrive; what has not by then is sent again. */
  pause(): void {
    if (this.paused || !PAUSABLE.has(this.stage)) return;
    this.pauseControl.pause();
    this.emit('stage', 'paused');
  }

  resume(): void {
    if (!this.paused) return;
    this.pauseControl.resume();
    this.emit('stage', this.stage);
  }

  /** Ends it; storage forgets the parts, as soon as the service hears of it. */
  abort(reason: unknown = new DOMException('The upload was aborted.', 'AbortError')): void {
    this.controller.abort(reason);
  }

  /** Calls the listener on every such event; what is returned ends that. */
  on<K extends keyof UploadEvents>(name: K, listener: Listener<K>): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** For the engine: the stage is now this one; said when no pause hides it. */
  setStage(stage: UploadEvents['stage']): void {
    if (stage === this.stage) return;
    this.stage = stage;
    if (!this.paused) this.emit('stage', stage);
  }

  /** For the engine. */
  emit<K extends keyof UploadEvents>(name: K, event: UploadEvents[K]): void {
    for (const listener of this.listeners.get(name) ?? []) (listener as Listener<K>)(event);
  }
}
