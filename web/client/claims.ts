import { type AskHelper, optionalHelper } from './timeouts';

/** Names that one holder at a time may have, over all tabs of an origin. */
export interface Locks {
  /** The function returned gives the name back; null where another has it. */
  take(name: string): Promise<(() => void) | null>;
  taken(): Promise<string[]>;
}

/** The browser's, which end with their tab (https://www.w3.org/TR/web-locks/); where it has none, nobody else is there. */
export const browserLocks: Locks = {
  take: (name) =>
    new Promise((resolve) => {
      const alone = () => resolve(() => undefined);
      const hold = (lock: Lock | null) =>
        lock ? new Promise<void>((release) => resolve(release)) : resolve(null);
      const locks = manager();
      if (locks) locks.request(name, { ifAvailable: true }, hold).catch(alone);
      else alone();
    }),
  taken: async () => {
    const held = await manager()
      ?.query()
      .catch(() => undefined);
    return held?.held?.flatMap(({ name }) => name ?? []) ?? [];
  },
};

interface ClaimState {
  file: Blob;
  /** Bytes are under way. Between two tries of the same page they are not, and the page still holds the upload. */
  busy: boolean;
  release: () => void;
}

const PREFIX = 'longshore:';
/** Stands for a lock of which the browser says nothing. */
const UNANSWERED = () => undefined;

/** An open upload taken for a file. */
export interface Claim {
  /** This file was at it last, here: what storage has of it is the file's own. */
  known: boolean;
  /** As before it was taken: it is of another file, or gone. */
  undo(): void;
}

/** Which open uploads are somebody's: two files that look alike must never share one. */
export class Claims {
  private readonly held = new Map<string, ClaimState>();
  private readonly ask: AskHelper = optionalHelper();

  constructor(private readonly locks: Locks) {}

  /** Takes an upload for a file; null where another file or another tab is at it. */
  async take(uploadId: string, file: Blob): Promise<Claim | null> {
    const before = this.held.get(uploadId);
    if (before?.busy) return null;
    if (before) return takeOver(before, file);
    const state = { file, busy: true, release: UNANSWERED };
    this.held.set(uploadId, state);
    const asked = Promise.resolve().then(() => this.locks.take(PREFIX + uploadId));
    asked.then((release) => this.keep(uploadId, state, release), UNANSWERED);
    if (!(await this.ask(() => asked, UNANSWERED))) {
      this.held.delete(uploadId);
      return null;
    }
    return { known: false, undo: () => this.release(uploadId) };
  }

  /** A lock, which may come after the upload went on without it, or was over. */
  private keep(uploadId: string, state: ClaimState, release: (() => void) | null): void {
    if (release && this.held.get(uploadId) !== state) release();
    else if (release) state.release = release;
  }

  /** Its try is over, and this page may carry on. */
  markIdle(uploadId: string): void {
    const state = this.held.get(uploadId);
    if (state) state.busy = false;
  }

  /** It is over for good. */
  release(uploadId: string): void {
    this.held.get(uploadId)?.release();
    this.held.delete(uploadId);
  }

  /** Whether somebody is at an upload, asked now. */
  async busy(): Promise<(uploadId: string) => boolean> {
    const taken = new Set(await this.ask(() => this.locks.taken(), []));
    return (uploadId) => this.held.get(uploadId)?.busy ?? taken.has(PREFIX + uploadId);
  }
}

function takeOver(state: ClaimState, file: Blob): Claim {
  const { file: before } = state;
  Object.assign(state, { file, busy: true });
  return {
    known: before === file,
    undo: () => void Object.assign(state, { file: before, busy: false }),
  };
}

/** Absent on pages that are not secure (http, but for localhost), whatever the types say. */
function manager(): LockManager | undefined {
  return (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
}
