import type { ChunkPlan } from '../transfer/chunks';
import { PauseControl } from './pause';
import type { Progress } from '../transfer/progress';
import type { FileRecord, Stage } from '../api/types';

/** An open upload: what is needed to resume it on the same page after a failure. */
export interface UploadSession {
  uploadId: string;
  fileId: string;
  plan: ChunkPlan;
}

/** The events of an upload. */
export interface UploadEvents {
  /** The upload has an upload_id: a new one, or that of the upload it resumes. */
  session: UploadSession;
  progress: Progress;
  /** The file is stored and recorded; its verdict is pending. */
  stored: FileRecord;
  /**
   * The stage changed: `waiting` for its turn, `comparing` with storage, `offline` without a network, `retrying` after a
   * failure, `paused`, or a stage of the service.
   */
  stage: Stage | 'waiting' | 'comparing' | 'offline' | 'retrying' | 'paused';
  /** An unfinished upload of the same name is of another file, so this file gets a new upload. */
  different: { uploadId: string };
}

/** In later stages all bytes are sent. */
const PAUSABLE: ReadonlySet<UploadEvents['stage']> = new Set(['waiting', 'uploading', 'comparing'] as const);
/** Stages with calls and parts that are retried; in later ones the file is stored. */
const INTERRUPTIBLE: ReadonlySet<UploadEvents['stage']> = new Set([
  'uploading',
  'comparing',
  'completing',
] as const);

type Listener<K extends keyof UploadEvents> = (event: UploadEvents[K]) => void;

/** The upload of one file. */
export class Upload {
  /**
   * Resolves with the file and its verdict. A failure rejects and keeps the upload open; an abort rejects with its reason
   * and deletes the parts. An abort that was too late rejects with an AlreadyStoredError.
   */
  readonly done: Promise<FileRecord>;
  readonly signal: AbortSignal;
  readonly pauseControl = new PauseControl();
  /** The current stage; a pause does not change it. */
  stage: UploadEvents['stage'] = 'waiting';
  /** The stage that failures interrupted. */
  private interruptedStage: UploadEvents['stage'] | undefined;
  private readonly controller = new AbortController();
  private readonly listeners = new Map<keyof UploadEvents, Set<Listener<never>>>();

  constructor(run: (upload: Upload) => Promise<FileRecord>, signal?: AbortSignal) {
    const own = this.controller.signal;
    this.signal = signal ? AbortSignal.any([signal, own]) : own;
    this.done = Promise.resolve().then(() => run(this));
    this.done.catch(() => undefined); // no unhandled rejection where only events are used
  }

  get paused(): boolean {
    return this.pauseControl.paused;
  }

  /** Starts no further part. Parts under way have 30 seconds to finish; the others are sent again after `resume()`. */
  pause(): void {
    if (this.paused || !PAUSABLE.has(this.interruptedStage ?? this.stage)) return;
    this.pauseControl.pause();
    this.emit('stage', 'paused');
  }

  resume(): void {
    if (!this.paused) return;
    this.pauseControl.resume();
    this.emit('stage', this.stage);
  }

  /** Aborts the upload; the service deletes its parts as soon as it can be reached. */
  abort(reason: unknown = new DOMException('The upload was aborted.', 'AbortError')): void {
    this.controller.abort(reason);
  }

  /** Adds a listener; returns the function that removes it. */
  on<K extends keyof UploadEvents>(name: K, listener: Listener<K>): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** For the engine: sets the stage, and emits it unless the upload is paused. */
  setStage(stage: UploadEvents['stage']): void {
    this.interruptedStage = undefined;
    this.change(stage);
  }

  /** Whether the stage is `offline` or `retrying`. */
  get isInterrupted(): boolean {
    return this.interruptedStage !== undefined;
  }

  /** For the engine: a call or a part failed, and is tried again. */
  interrupt(why: 'offline' | 'retrying'): void {
    if (this.signal.aborted) return;
    if (INTERRUPTIBLE.has(this.stage)) this.interruptedStage = this.stage;
    if (this.isInterrupted) this.change(why);
  }

  /** For the engine: a call or a part succeeded, so the interrupted stage continues. */
  recover(): void {
    if (this.interruptedStage) this.setStage(this.interruptedStage);
  }

  private change(stage: UploadEvents['stage']): void {
    if (stage === this.stage) return;
    this.stage = stage;
    if (!this.paused) this.emit('stage', stage);
  }

  /** For the engine: calls the listeners of an event. */
  emit<K extends keyof UploadEvents>(name: K, event: UploadEvents[K]): void {
    for (const listener of this.listeners.get(name) ?? []) (listener as Listener<K>)(event);
  }
}
