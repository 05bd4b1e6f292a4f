/** Starts uploads in their order, at most `limit` at a time, because each takes time to start. */
export class StartQueue {
  private readonly waiting = new Set<number>();
  /** Uploads that were started and have not left yet. */
  private started = 0;

  /** `start` calls `leave` when others may start, as the upload is stored, paused or ended. */
  constructor(
    private readonly limit: number,
    private readonly start: (key: number, leave: () => void) => void,
  ) {}

  add(key: number): void {
    this.waiting.add(key);
    this.startNext();
  }

  remove(key: number): void {
    this.waiting.delete(key);
  }

  /** Removes all that were not started, and returns them in their order. */
  removeAll(): number[] {
    const removed = [...this.waiting];
    this.waiting.clear();
    return removed;
  }

  private startNext(): void {
    for (const key of this.waiting) {
      if (this.started >= this.limit) return;
      this.waiting.delete(key);
      this.start(key, this.takePlace());
    }
  }

  /** Takes a place among the started ones; returns the function that gives it to the next one. */
  private takePlace(): () => void {
    let isTaken = true;
    this.started += 1;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.started -= 1;
      this.startNext();
    };
  }
}
