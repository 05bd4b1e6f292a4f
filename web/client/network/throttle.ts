import type { Clock } from './clock';

/**
 * Limits the average bandwidth of all parts. A browser cannot slow down a running request, so each part waits until the
 * ones before it would have been sent at that rate.
 */
export class Throttle {
  /** Bytes per second; null for no limit. */
  cap: number | null;
  private freeAt = 0;

  constructor(
    private readonly clock: Clock,
    cap: number | null = null,
  ) {
    this.cap = cap;
  }

  /** Waits until a part of `bytes` may start. */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    if (!this.cap) return;
    const now = this.clock.now();
    const start = Math.max(now, this.freeAt);
    this.freeAt = start + (bytes / this.cap) * 1000;
    if (start > now) await this.clock.sleep(start - now, signal);
  }
}
