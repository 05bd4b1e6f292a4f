import type { Clock } from './clock';

/** The least and the most: a browser opens no more than six connections to one host over HTTP/1.1. */
export const CONNECTIONS: readonly [number, number] = [2, 6];
const FIRST_CONNECTIONS = 3;
/** A change that makes the parts so much faster was right; a smaller one may be chance. */
const BETTER = 1.05;

/**
 * How many parts travel at once: it tries one more or one less after each round of parts, and goes on in the direction
 * that made them faster together. A part that fails makes it one less.
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

  /** A part has arrived. */
  arrived(bytes: number): void {
    this.bytes += bytes;
    this.parts += 1;
    if (this.parts < this.connections) return;
    const rate = this.bytes / Math.max(1, this.clock.now() - this.since);
    if (rate < this.lastRate * BETTER) this.step = -this.step;
    this.lastRate = rate;
    this.move(this.step);
  }

  /** A part has not arrived. */
  failed(): void {
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
