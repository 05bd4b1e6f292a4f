import type { Clock } from '../../client/index';

interface Sleeper {
  until: number;
  wake: () => void;
}

/** A clock that a test moves forward. */
export class FakeClock implements Clock {
  private time = Date.parse('2030-01-01T10:00:00Z');
  private readonly sleepers = new Set<Sleeper>();

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { until: this.time + milliseconds, wake: resolve };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.sleepers.delete(sleeper);
        reject(signal.reason as Error);
      });
    });
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
    for (const sleeper of [...this.sleepers]) {
      if (sleeper.until > this.time) continue;
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
