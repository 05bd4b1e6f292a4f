import type { Progress } from '../../client/index';
import { isTransferring } from '../file/file-state';
import { SpeedMeter } from './speed';
import type { UploadEntry } from '../uploads/upload-entry';

interface Counted {
  size: number;
  sent: number;
  /** Whether all bytes are in storage. */
  stored: boolean;
}

/**
 * The progress of all files together, since the last time that no upload was running. Finished files still count, so that
 * the bar does not go back; failed and cancelled ones do not.
 */
export class TotalMeter {
  private readonly batch = new Map<number, Counted>();
  private speed = new SpeedMeter();
  private moved = 0;

  /** Returns the progress at `now` (milliseconds), or null when no upload is running. */
  read(entries: readonly UploadEntry[], now: number): Progress | null {
    if (!entries.some(({ state }) => isTransferring(state))) {
      this.batch.clear();
      this.speed = new SpeedMeter();
      return null;
    }
    for (const entry of entries) this.count(entry);
    this.forgetDismissed(new Set(entries.map(({ key }) => key)));
    const counted = [...this.batch.values()];
    const sent = counted.reduce((total, each) => total + each.sent, 0);
    const size = counted.reduce((total, each) => total + each.size, 0);
    const speed = entries.some(({ state }) => state === 'uploading') ? this.speed.read(this.moved, now) : 0;
    return { sent, size, speed, secondsLeft: speed > 0 ? (size - sent) / speed : null };
  }

  private count({ key, size, state, progress, record }: UploadEntry): void {
    if (state === 'failed' || state === 'cancelled') this.batch.delete(key);
    const before = this.batch.get(key);
    if (!before && !isTransferring(state)) return;
    const stored = record !== null || !isTransferring(state);
    const sent = stored ? size : (progress?.sent ?? 0);
    // bytes that an earlier upload stored were not sent now
    if (before && state !== 'comparing') this.moved += Math.max(0, sent - before.sent);
    this.batch.set(key, { size, sent, stored });
  }

  private forgetDismissed(listed: ReadonlySet<number>): void {
    for (const [key, { stored }] of this.batch) if (!stored && !listed.has(key)) this.batch.delete(key);
  }
}
