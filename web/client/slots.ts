/** Turns at what only so many may do at once, first come, first served. The limit may change at any time. */
export class Slots {
  private active = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: () => number) {}

  /**
   * Waits for a turn, before all others where it is to be the `next`; the function returned ends it. Rejects with the
   * signal's reason when that comes first.
   */
  async take(signal?: AbortSignal, next = false): Promise<() => void> {
    signal?.throwIfAborted();
    if ((next || this.waiting.length === 0) && this.active < this.limit()) this.active += 1;
    else await this.turn(signal, next);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.active -= 1;
      this.admit();
    };
  }

  private turn(signal: AbortSignal | undefined, next: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(signal?.reason as Error);
      };
      if (next) this.waiting.unshift(enter);
      else this.waiting.push(enter);
      signal?.addEventListener('abort', leave);
    });
  }

  /** As many as there is room for: the limit may have risen. Who enters is counted before it wakes. */
  private admit(): void {
    while (this.active < this.limit()) {
      const next = this.waiting.shift();
      if (!next) return;
      this.active += 1;
      next();
    }
  }
}
