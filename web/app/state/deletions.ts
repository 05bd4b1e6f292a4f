import { type Clock, type Credential, type FileRecord, systemClock } from '../../client/index';
import { type FilesApi, isGone } from '../api/files';
import { Store } from './store';

/**
 * A file that somebody deleted. `waiting`: it can still be undone. `sent`: the service is asked. `refused`: it is back, with
 * what the service said.
 */
export interface Deletion {
  id: string;
  name: string;
  state: 'waiting' | 'sent' | 'gone' | 'refused';
  problem?: unknown;
}

export interface DeletionEvents {
  gone(id: string): void;
  refused(name: string, problem: unknown): void;
}

/** How long a deletion can be undone. Milliseconds. */
export const UNDO_TIME = 10_000;
/** How long an earlier page's deletions may take. Milliseconds. */
const LATE = 3_000;
const REMEMBERED = 'longshore.deleting';

/**
 * Deletions that wait a while before the service hears of them. A credential is kept until then, here and nowhere else.
 * Time stands still while the undoing is under the reader's hand. What still waits when the page is left is sent then; a
 * browser that is killed sends nothing, and the file stays.
 */
export class Deletions extends Store<readonly Deletion[]> {
  private readonly credentials = new Map<string, Credential | undefined>();
  private clocks = new AbortController();
  private held = false;

  constructor(
    private readonly files: FilesApi,
    private readonly events: DeletionEvents,
    private readonly clock: Clock = systemClock,
  ) {
    super(takeRemembered().map((id) => ({ id, name: '', state: 'sent' })));
    for (const { id } of this.get()) void this.lookFor(id);
    addEventListener('pagehide', () => this.leave());
  }

  /** What is not shown among the files. */
  hides(id: string | undefined): boolean {
    return this.get().some((each) => each.id === id && each.state !== 'refused');
  }

  /** Why the file is still there. */
  problemOf(id: string): unknown {
    return this.get().find((each) => each.id === id)?.problem;
  }

  add({ id, filename }: FileRecord, credential?: Credential): void {
    this.credentials.set(id, credential);
    this.set([...this.get().filter((each) => each.id !== id), { id, name: filename, state: 'waiting' }]);
    if (!this.held) void this.sendLater(id);
  }

  undo(id: string): void {
    this.forget(id);
  }

  /** Nothing is sent until `release`; then every deletion has its full time again. */
  hold(): void {
    if (this.held) return;
    this.held = true;
    this.clocks.abort();
    this.clocks = new AbortController();
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    for (const { id } of this.get().filter(({ state }) => state === 'waiting')) void this.sendLater(id);
  }

  /** The page is left: the service hears of everything now, and the next page of this tab does not show it meanwhile. */
  private leave(): void {
    const open = this.get().filter(({ state }) => state === 'waiting' || state === 'sent');
    if (open.length === 0) return;
    sessionStorage.setItem(REMEMBERED, JSON.stringify(open.map(({ id }) => id)));
    for (const { id } of open) void this.send(id);
  }

  private async sendLater(id: string): Promise<void> {
    const { signal } = this.clocks;
    try {
      await this.clock.sleep(UNDO_TIME, signal);
    } catch {
      return; // held
    }
    if (this.stateOf(id) === 'waiting' && !this.held) await this.send(id);
  }

  private async send(id: string): Promise<void> {
    this.patch(id, { state: 'sent' });
    try {
      await this.files.remove(id, this.credentials.get(id));
      this.credentials.delete(id);
      this.patch(id, { state: 'gone' });
      this.events.gone(id);
    } catch (problem) {
      this.credentials.delete(id);
      this.patch(id, { state: 'refused', problem });
      const refused = this.get().find((each) => each.id === id);
      if (refused) this.events.refused(refused.name, problem);
    }
  }

  /** A file that an earlier page asked to be deleted: shown again where it is still there. */
  private async lookFor(id: string): Promise<void> {
    await this.clock.sleep(LATE);
    const gone = await this.files.check(id).then(() => false, isGone);
    if (gone) this.patch(id, { state: 'gone' });
    else this.forget(id);
  }

  private forget(id: string): void {
    this.credentials.delete(id);
    this.set(this.get().filter((each) => each.id !== id));
  }

  private stateOf(id: string): Deletion['state'] | undefined {
    return this.get().find((each) => each.id === id)?.state;
  }

  private patch(id: string, change: Partial<Deletion>): void {
    this.set(this.get().map((each) => (each.id === id ? { ...each, ...change } : each)));
  }
}

/** The ids that the page before this one left for it. */
function takeRemembered(): string[] {
  const text = sessionStorage.getItem(REMEMBERED);
  sessionStorage.removeItem(REMEMBERED);
  try {
    const ids: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
