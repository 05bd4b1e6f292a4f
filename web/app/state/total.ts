import type { Progress } from '../../client/index';
import { isTravelling } from './file-state';
import type { UploadEntry } from './uploads';

/** Only what happened in the last seconds counts for the speed, and before one second has passed nothing. Milliseconds. */
const SPEED_WINDOW = 8_000;
const LEAST_SPAN = 1_000;

interface Counted {
  size: number;
  sent: number;
  /** All its bytes are in storage. */
  arrived: boolean;
}

/**
 * The files of a batch as one: all that were chosen since the last time none was under way. What has arrived still counts,
 * so that the bar does not go back when a file is done; what failed or was cancelled does not.
 */
export class TotalMeter {
  private readonly batch = new Map<number, Counted>();
  private samples: { at: number; moved: number }[] = [];
  private moved = 0;

  /** The batch as it is `now` (milliseconds); null where nothing is under way. */
  read(entries: readonly UploadEntry[], now: number): Progress | null {
    if (!entries.some(({ state }) => isTravelling(state))) {
      this.batch.clear();
      this.samples = [];
      return null;
    }
    for (const entry of entries) this.count(entry);
    for (const key of this.batch.keys()) this.forgetDismissed(key, entries);
    const counted = [...this.batch.values()];
    const sent = counted.reduce((total, each) => total + each.sent, 0);
    const size = counted.reduce((total, each) => total + each.size, 0);
    const speed = entries.some(({ state }) => state === 'uploading') ? this.speed(now) : 0;
    return { sent, size, speed, secondsLeft: speed > 0 ? (size - sent) / speed : null };
  }

  private count({ key, size, state, progress, record }: UploadEntry): void {
    if (state === 'failed' || state === 'cancelled') this.batch.delete(key);
    const before = this.batch.get(key);
    if (!before && !isTravelling(state)) return;
    const arrived = record !== null || !isTravelling(state);
    const sent = arrived ? size : (progress?.sent ?? 0);
    // what storage has already is no speed
    if (before && state !== 'comparing') this.moved += Math.max(0, sent - before.sent);
    this.batch.set(key, { size, sent, arrived });
  }

  private forgetDismissed(key: number, entries: readonly UploadEntry[]): void {
    if (!this.batch.get(key)?.arrived && !entries.some((entry) => entry.key === key)) this.batch.delete(key);
  }

  private speed(now: number): number {
    const last = this.samples.at(-1);
    if (last?.at !== now || last.moved !== this.moved) this.samples.push({ at: now, moved: this.moved });
    while (this.samples.length > 2 && (this.samples[1]?.at ?? now) < now - SPEED_WINDOW) this.samples.shift();
    const first = this.samples[0];
    if (!first || now - first.at < LEAST_SPAN) return 0;
    return ((this.moved - first.moved) / (now - first.at)) * 1000;
  }
}
