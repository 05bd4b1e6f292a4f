import type { Clock } from './clock';

/** Minimum and maximum: browsers open at most six connections to one host over HTTP/1.1. */
export const CONNECTIONS: readonly [number, number] = [2, 6];
const FIRST_CONNECTIONS = 3;
/** A change counts as faster from this factor on; a smaller one may be chance. */
const BETTER = 1.05;

/**
 * Tunes the number of parallel parts: tries one more or one less after each round of parts, and continues in the direction
 * that increased the total rate. A failed part makes it one less.
 */
export class Tuner {
  readonly most: number;
  private readonly least: number;
  private connections: number;
  private step = 1;
  private lastRate = 0;
  private bytes = 0;
  private parts = 0;
  private since: number;

  constructor(
    private readonly clock: Clock,
    [least, most] = CONNECTIONS,
  ) {
    this.least = least;
    this.most = most;
    this.connections = Math.min(most, Math.max(least, FIRST_CONNECTIONS));
    this.since = clock.now();
  }

  get limit(): number {
    return this.connections;
  }

  /** A part was stored. */
  partStored(bytes: number): void {
    this.bytes += bytes;
    this.parts += 1;
    if (this.parts < this.connections) return;
    const rate = this.bytes / Math.max(1, this.clock.now() - this.since);
    if (rate < this.lastRate * BETTER) this.step = -this.step;
    this.lastRate = rate;
    this.move(this.step);
  }

  /** A part failed. */
  partFailed(): void {
    this.step = 1;
    this.lastRate = 0;
    this.move(-1);
  }

  private move(step: number): void {
    this.connections = Math.min(this.most, Math.max(this.least, this.connections + step));
    this.bytes = this.parts = 0;
    this.since = this.clock.now();
  }
}
