import { isActive, type UploadItem } from './upload-item';

/** Sums over a list. Cancelled files count in `count` and `cancelled` only. */
export interface UploadTotals {
  readonly count: number;
  /** Files that are being sent or scanned, or wait for that; paused ones too. */
  readonly active: number;
  readonly paused: number;
  /** Files with a verdict that allows the download. */
  readonly ready: number;
  readonly quarantined: number;
  /** Files whose upload or scan failed. */
  readonly failed: number;
  readonly cancelled: number;
  /** Bytes in storage, of those of all files. */
  readonly sent: number;
  readonly size: number;
  /** Bytes per second, all files together. */
  readonly speed: number;
  /** null while unknown. */
  readonly secondsLeft: number | null;
}

export function totalsOf(items: readonly UploadItem[]): UploadTotals {
  const counted = items.filter(({ state }) => state !== 'cancelled');
  const sum = (read: (item: UploadItem) => number) => counted.reduce((total, item) => total + read(item), 0);
  const count = (...states: string[]) => items.filter(({ state }) => states.includes(state)).length;
  const sent = sum(({ progress }) => progress.sent);
  const size = sum((item) => item.size);
  const speed = sum(({ progress }) => progress.speed);
  const left = sum((item) => (isActive(item) ? item.size - item.progress.sent : 0));
  return {
    count: items.length,
    active: items.filter(isActive).length,
    paused: count('paused'),
    ready: count('ready'),
    quarantined: count('quarantined'),
    failed: count('failed', 'scan_failed'),
    cancelled: count('cancelled'),
    sent,
    size,
    speed,
    secondsLeft: left === 0 ? 0 : speed > 0 ? left / speed : null,
  };
}
