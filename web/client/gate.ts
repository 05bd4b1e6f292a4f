/** How long what is under way when a gate closes may take to end. Milliseconds. */
const PAUSE_GRACE = 30_000;

/** A gate that can be closed and opened: what comes waits, and what is under way has a little time to end. */
export class Gate {
  private brakes = new AbortController();
  private stops = new AbortController();
  private opened: Promise<void> = Promise.resolve();
  private letPass: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  get closed(): boolean {
    return this.brakes.signal.aborted;
  }

  /** Aborts when the gate is closed; a new one after it was opened again. */
  get brake(): AbortSignal {
    return this.brakes.signal;
  }

  /** Aborts PAUSE_GRACE after the gate was closed, unless it was opened before. */
  get stop(): AbortSignal {
    return this.stops.signal;
  }

  close(): void {
    if (this.closed) return;
    this.opened = new Promise((resolve) => (this.letPass = resolve));
    const reason = new DOMException('The upload is paused.', 'AbortError');
    this.brakes.abort(reason);
    this.timer = setTimeout(() => this.stops.abort(reason), PAUSE_GRACE);
  }

  open(): void {
    if (!this.closed) return;
    clearTimeout(this.timer);
    this.brakes = new AbortController();
    if (this.stop.aborted) this.stops = new AbortController();
    this.letPass();
  }

  /** Resolves while the gate is open; rejects with the signal's reason when that comes first. */
  passed(signal: AbortSignal): Promise<void> {
    return raced(this.opened, signal);
  }
}

/** What the promise brings, unless the signal comes first. */
export function raced<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
