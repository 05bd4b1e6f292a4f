import { formatBytes } from '../../shared/text/format';
import type { Subject } from '../api/usage';
import { texts } from './texts';

/** Part of the quota from which it is almost full. */
const ALMOST = 0.9;

/** The bytes of a subject, compared with its quota. */
export function Used({ subject: { bytes, quota } }: { subject: Subject }) {
  if (quota === null) return <span class="number">{texts.unlimited(formatBytes(bytes))}</span>;
  return (
    <span class="used">
      <span class="number">{texts.usedOf(formatBytes(bytes), formatBytes(quota))}</span>
      <meter value={bytes} max={Math.max(1, quota)} high={quota * ALMOST} aria-hidden="true" />
      {bytes >= quota * ALMOST && (
        <span class="overdue" data-testid="almost-full">
          {texts.almostFull}
        </span>
      )}
    </span>
  );
}
