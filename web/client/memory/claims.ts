import { type AskHelper, optionalHelper } from '../network/timeouts';

/** Named locks, shared by all tabs of an origin. */
export interface Locks {
  /** Returns the function that releases the lock, or null when another tab holds it. */
  take(name: string): Promise<(() => void) | null>;
  taken(): Promise<string[]>;
}

/** The browser's locks, which end with their tab (https://www.w3.org/TR/web-locks/). Without Web Locks every lock is free. */
export const browserLocks: Locks = {
  take: (name) =>
    new Promise((resolve) => {
      const withoutLock = () => resolve(() => undefined);
      const keep = (lock: Lock | null) =>
        lock ? new Promise<void>((release) => resolve(release)) : resolve(null);
      const locks = manager();
      if (locks) locks.request(name, { ifAvailable: true }, keep).catch(withoutLock);
      else withoutLock();
    }),
  taken: async () => {
    const snapshot = await manager()
      ?.query()
      .catch(() => undefined);
    return snapshot?.held?.flatMap(({ name }) => name ?? []) ?? [];
  },
};

interface ClaimState {
  file: Blob;
  /** A try is running. Between two tries of a page it is false, and the page keeps its claim. */
  busy: boolean;
  release: () => void;
}

const PREFIX = 'longshore:';
/** Used in place of a lock when the browser does not answer. */
const UNANSWERED = () => undefined;

/** An open upload that is claimed for a file. */
export interface Claim {
  /** This page used the upload for the same file before, so the stored parts need no comparison. */
  known: boolean;
  /** Restores the state before the claim: the upload is of another file, or does not exist any more. */
  undo(): void;
}

/** Claims open uploads, so that two files of the same name and size never share one. */
export class Claims {
  private readonly claimed = new Map<string, ClaimState>();
  private readonly ask: AskHelper = optionalHelper();

  constructor(private readonly locks: Locks) {}

  /** Claims an upload for a file; null when another file or another tab is using it. */
  async take(uploadId: string, file: Blob): Promise<Claim | null> {
    const before = this.claimed.get(uploadId);
    if (before?.busy) return null;
    if (before) return takeOver(before, file);
    const state = { file, busy: true, release: UNANSWERED };
    this.claimed.set(uploadId, state);
    const asked = Promise.resolve().then(() => this.locks.take(PREFIX + uploadId));
    asked.then((release) => this.keep(uploadId, state, release), UNANSWERED);
    if (!(await this.ask(() => asked, UNANSWERED))) {
      this.claimed.delete(uploadId);
      return null;
    }
    return { known: false, undo: () => this.release(uploadId) };
  }

  /** Stores a lock, which may arrive after the upload continued without it, or ended. */
  private keep(uploadId: string, state: ClaimState, release: (() => void) | null): void {
    if (release && this.claimed.get(uploadId) !== state) release();
    else if (release) state.release = release;
  }

  /** A try has ended; this page can resume the upload. */
  markIdle(uploadId: string): void {
    const state = this.claimed.get(uploadId);
    if (state) state.busy = false;
  }

  /** The upload has ended. */
  release(uploadId: string): void {
    this.claimed.get(uploadId)?.release();
    this.claimed.delete(uploadId);
  }

  /** Returns a function that reports whether an upload is in use in any tab at this moment. */
  async busy(): Promise<(uploadId: string) => boolean> {
    const taken = new Set(await this.ask(() => this.locks.taken(), []));
    return (uploadId) => this.claimed.get(uploadId)?.busy ?? taken.has(PREFIX + uploadId);
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

/** Undefined outside of secure contexts (http, except for localhost), in spite of the types. */
function manager(): LockManager | undefined {
  return (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
}
