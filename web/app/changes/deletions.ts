import { type Clock, type Credential, type FileRecord, systemClock } from '../../client/index';
import { isNotFound } from '../../shared/api/refusals';
import type { FilesApi } from '../api/files';
import { Store } from '../../shared/state/store';

/**
 * A file that the user deleted. `waiting`: can still be undone. `sent`: the request is under way. `failed`: the service
 * refused it with `problem`, and the file is shown again.
 */
export interface Deletion {
  id: string;
  name: string;
  /** Files that were deleted together have the same number, and are restored together. */
  batch: number;
  state: 'waiting' | 'sent' | 'deleted' | 'failed';
  problem?: unknown;
}

export interface DeletionEvents {
  /** Called once for files that were deleted together, with the first one. */
  added(id: string, name: string): void;
  deleted(id: string): void;
  failed(name: string, problem: unknown): void;
}

/** How long a deletion can be undone. Milliseconds. */
export const UNDO_TIME = 10_000;
/** How long to wait for the deletions that the previous page sent while it closed. Milliseconds. */
const PREVIOUS_PAGE_TIME = 3_000;
/** Deletions of one batch that are sent at the same time. */
const AT_ONCE = 4;
/** Key in sessionStorage. */
const SENT_AT_CLOSE = 'longshore.deleting';

/**
 * Deletions that are sent to the service once their undo time has passed. Until then a credential is kept in memory only.
 * The undo time is paused while the pointer or the keyboard focus is on the undo bar. When the page is closed, all waiting
 * deletions are sent at once; a browser that is killed sends nothing, and the files stay.
 */
export class Deletions extends Store<readonly Deletion[]> {
  private readonly credentials = new Map<string, Credential | undefined>();
  private timers = new AbortController();
  private paused = false;
  private lastBatch = 0;

  constructor(
    private readonly files: FilesApi,
    private readonly events: DeletionEvents,
    private readonly clock: Clock = systemClock,
  ) {
    super(takeSentAtClose().map((id) => ({ id, name: '', batch: 0, state: 'sent' })));
    for (const { id } of this.get()) void this.checkDeleted(id);
    addEventListener('pagehide', () => this.sendAll());
  }

  /** Whether the list of files leaves this one out. */
  hides(id: string | undefined): boolean {
    return this.get().some((each) => each.id === id && each.state !== 'failed');
  }

  /** Why the file could not be deleted; undefined without a failed deletion. */
  problemOf(id: string): unknown {
    return this.get().find((each) => each.id === id)?.problem;
  }

  add(file: FileRecord, credential?: Credential): void {
    this.addAll([file], credential);
  }

  /** Deletes files together. The credential is for the private ones. */
  addAll(files: readonly FileRecord[], credential?: Credential): void {
    const ids = new Set(files.map(({ id }) => id));
    this.lastBatch += 1;
    const batch = this.lastBatch;
    const added = files.map(({ id, filename }) => ({ id, name: filename, batch, state: 'waiting' as const }));
    for (const { id, is_private } of files) this.credentials.set(id, is_private ? credential : undefined);
    this.set([...this.get().filter(({ id }) => !ids.has(id)), ...added]);
    if (!this.paused) void this.sendLater(batch);
    const [first] = added;
    if (first) this.events.added(first.id, first.name);
  }

  /** Whether it can still be undone. */
  isWaiting(id: string): boolean {
    return this.get().some((each) => each.id === id && each.state === 'waiting');
  }

  /** Restores a file, with those that were deleted together with it. */
  undo(id: string): void {
    const batch = this.get().find((each) => each.id === id)?.batch;
    const restored = this.get().filter((each) => each.batch === batch && each.state === 'waiting');
    for (const each of restored) this.credentials.delete(each.id);
    this.set(this.get().filter((each) => !restored.includes(each)));
  }

  /** Sends nothing until `resume`, which restarts the undo time of every deletion. */
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.timers.abort();
    this.timers = new AbortController();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const waiting = this.get().filter(({ state }) => state === 'waiting');
    for (const batch of new Set(waiting.map((each) => each.batch))) void this.sendLater(batch);
  }

  /** Sends all deletions when the page closes, and lets the next page of this tab hide those files. */
  private sendAll(): void {
    const open = this.get().filter(({ state }) => state === 'waiting' || state === 'sent');
    if (open.length === 0) return;
    sessionStorage.setItem(SENT_AT_CLOSE, JSON.stringify(open.map(({ id }) => id)));
    for (const { id } of open) void this.send(id);
  }

  private async sendLater(batch: number): Promise<void> {
    const { signal } = this.timers;
    try {
      await this.clock.sleep(UNDO_TIME, signal);
    } catch {
      return; // paused
    }
    if (this.paused) return;
    const due = this.get().filter((each) => each.batch === batch && each.state === 'waiting');
    for (const { id } of due) this.patch(id, { state: 'sent' });
    const queue = due.values();
    const work = async () => {
      for (const { id } of queue) await this.send(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  private async send(id: string): Promise<void> {
    this.patch(id, { state: 'sent' });
    try {
      await this.files.remove(id, this.credentials.get(id));
      this.credentials.delete(id);
      this.patch(id, { state: 'deleted' });
      this.events.deleted(id);
    } catch (problem) {
      this.credentials.delete(id);
      this.patch(id, { state: 'failed', problem });
      const failed = this.get().find((each) => each.id === id);
      if (failed) this.events.failed(failed.name, problem);
    }
  }

  /** Shows a file again that the previous page could not delete. */
  private async checkDeleted(id: string): Promise<void> {
    await this.clock.sleep(PREVIOUS_PAGE_TIME);
    const isDeleted = await this.files.check(id).then(() => false, isNotFound);
    if (isDeleted) this.patch(id, { state: 'deleted' });
    else this.forget(id);
  }

  private forget(id: string): void {
    this.credentials.delete(id);
    this.set(this.get().filter((each) => each.id !== id));
  }

  private patch(id: string, change: Partial<Deletion>): void {
    this.set(this.get().map((each) => (each.id === id ? { ...each, ...change } : each)));
  }
}

/** Returns and removes the ids that the previous page of this tab stored while it closed. */
function takeSentAtClose(): string[] {
  const text = sessionStorage.getItem(SENT_AT_CLOSE);
  sessionStorage.removeItem(SENT_AT_CLOSE);
  try {
    const ids: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
