/** A semaphore, first come, first served. Its limit may change at any time. */
export class Slots {
  private active = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: () => number) {}

  /**
   * Waits for a slot, and returns the function that releases it. With `next` it is first in the queue. Rejects with the
   * signal's reason if that aborts first.
   */
  async take(signal?: AbortSignal, next = false): Promise<() => void> {
    signal?.throwIfAborted();
    if ((next || this.waiting.length === 0) && this.active < this.limit()) this.active += 1;
    else await this.enqueue(signal, next);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.active -= 1;
      this.admit();
    };
  }

  private enqueue(signal: AbortSignal | undefined, next: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
      const cancel = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(signal?.reason as Error);
      };
      if (next) this.waiting.unshift(enter);
      else this.waiting.push(enter);
      signal?.addEventListener('abort', cancel);
    });
  }

  /** Admits as many as the limit allows. Counts each before its promise resolves. */
  private admit(): void {
    while (this.active < this.limit()) {
      const next = this.waiting.shift();
      if (!next) return;
      this.active += 1;
      next();
    }
  }
}
