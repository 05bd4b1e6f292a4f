import type { Clock } from './clock';

/**
 * Keeps the average of all parts under a cap. A browser cannot slow a request that has begun, so each part waits until
 * the ones before it would have been through at that rate.
 */
export class Throttle {
  /** Bytes a second; null for as fast as the line is. */
  cap: number | null;
  private freeAt = 0;

  constructor(
    private readonly clock: Clock,
    cap: number | null = null,
  ) {
    this.cap = cap;
  }

  /** Waits until so many bytes may start. */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    if (!this.cap) return;
    const now = this.clock.now();
    const start = Math.max(now, this.freeAt);
    this.freeAt = start + (bytes / this.cap) * 1000;
    if (start > now) await this.clock.sleep(start - now, signal);
  }
}
