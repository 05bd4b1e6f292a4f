/** A gate that can be closed and opened: whoever is under way is told to stop, whoever comes waits. */
export class Gate {
  private brakes = new AbortController();
  private opened: Promise<void> = Promise.resolve();
  private letPass: () => void = () => undefined;

  get closed(): boolean {
    return this.brakes.signal.aborted;
  }

  /** Aborts when the gate is closed; a new one after it was opened again. */
  get brake(): AbortSignal {
    return this.brakes.signal;
  }

  close(): void {
    if (this.closed) return;
    this.opened = new Promise((resolve) => (this.letPass = resolve));
    this.brakes.abort(new DOMException('The upload is paused.', 'AbortError'));
  }

  open(): void {
    if (!this.closed) return;
    this.brakes = new AbortController();
    this.letPass();
  }

  /** Resolves while the gate is open; rejects with the signal's reason when that comes first. */
  async passed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.closed) return;
    await raced(this.opened, signal);
  }
}

/** What the promise brings, unless the signal comes first. */
export function raced<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
