import { type ChunkPlan, chunkBytes } from './chunks';
import type { Clock } from '../network/clock';

/** Bytes, `speed` in bytes per second, and `secondsLeft`, null while unknown. */
export interface Progress {
  sent: number;
  size: number;
  speed: number;
  secondsLeft: number | null;
}

/** The speed is measured over this window, once the least span has passed. Milliseconds. */
const SPEED_WINDOW = 8_000;
const LEAST_SPAN = 1_000;

/** Adds up the bytes of all chunks; subtracts those of chunks that are sent again. */
export class ProgressMeter {
  private readonly sentByChunk = new Map<number, number>();
  private readonly samples: { at: number; moved: number }[] = [];
  private sent = 0;
  private moved = 0;

  constructor(
    private readonly plan: ChunkPlan,
    private readonly clock: Clock,
  ) {
    this.samples.push({ at: clock.now(), moved: 0 });
  }

  /** `bytes` of the chunk were sent so far. */
  chunkMoved(chunkIndex: number, bytes: number): void {
    const before = this.sentByChunk.get(chunkIndex) ?? 0;
    const now = Math.min(bytes, chunkBytes(this.plan, chunkIndex));
    this.record(chunkIndex, now);
    this.moved += Math.max(0, now - before);
    this.sample();
  }

  /** The chunk was stored before: it counts as sent, but not for the speed. */
  chunkStored(chunkIndex: number): void {
    this.record(chunkIndex, chunkBytes(this.plan, chunkIndex));
  }

  /** The chunk failed and starts over. */
  chunkLost(chunkIndex: number): void {
    this.record(chunkIndex, 0);
  }

  /** Returns the current progress; without new bytes the speed goes down to 0. */
  read(): Progress {
    this.sample();
    const speed = this.speed();
    const left = this.plan.size - this.sent;
    const secondsLeft = left === 0 ? 0 : speed > 0 ? left / speed : null;
    return { sent: this.sent, size: this.plan.size, speed, secondsLeft };
  }

  private record(chunkIndex: number, bytes: number): void {
    this.sent += bytes - (this.sentByChunk.get(chunkIndex) ?? 0);
    this.sentByChunk.set(chunkIndex, bytes);
  }

  private sample(): void {
    const at = this.clock.now();
    this.samples.push({ at, moved: this.moved });
    while ((this.samples[1]?.at ?? at) < at - SPEED_WINDOW) this.samples.shift();
  }

  private speed(): number {
    const first = this.samples[0];
    const span = first ? this.clock.now() - first.at : 0;
    if (!first || span < LEAST_SPAN) return 0;
    return ((this.moved - first.moved) / span) * 1000;
  }
}
