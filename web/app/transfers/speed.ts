/** The speed is measured over this window, once the least span has passed. Milliseconds. */
const SPEED_WINDOW = 8_000;
const LEAST_SPAN = 1_000;

/** Measures bytes per second. Times are milliseconds. */
export class SpeedMeter {
  private samples: { at: number; moved: number }[] = [];

  /** Returns the speed at `now`, when `moved` bytes were moved in total; 0 while it is not known. */
  read(moved: number, now: number): number {
    const last = this.samples.at(-1);
    if (last?.at !== now || last.moved !== moved) this.samples.push({ at: now, moved });
    while (this.samples.length > 2 && (this.samples[1]?.at ?? now) < now - SPEED_WINDOW) this.samples.shift();
    const first = this.samples[0];
    if (!first || now - first.at < LEAST_SPAN) return 0;
    return ((moved - first.moved) / (now - first.at)) * 1000;
  }
}
