import type { Progress } from '../../client/index';
import { messages } from '../messages/index';
import { formatBytes, formatDuration, formatPercent } from '../text/format';

interface ProgressLineProps {
  progress: Progress;
  label: string;
}

/** A bar by bytes, and beside it in words how far, how fast and how long. */
export function ProgressLine({ progress, label }: ProgressLineProps) {
  const { sent, size } = progress;
  return (
    <div class="progress">
      <progress value={sent} max={Math.max(1, size)} aria-label={label} data-testid="file-progress" />
      <p class="figures" data-testid="file-figures">
        {progressWords(progress).map((word) => (
          <span key={word}>{word}</span>
        ))}
      </p>
    </div>
  );
}

function progressWords({ sent, size, speed, secondsLeft }: Progress): string[] {
  const { row } = messages;
  const words = [formatPercent(sent, size), row.bytesOf(formatBytes(sent), formatBytes(size))];
  if (speed > 0 && sent < size) words.push(row.perSecond(formatBytes(speed)));
  if (secondsLeft) words.push(row.left(formatDuration(secondsLeft)));
  return words;
}

/** Nothing has left yet. */
export const notYet = (size: number): Progress => ({ sent: 0, size, speed: 0, secondsLeft: null });
/** What stands still has neither speed nor an end in sight. */
export const atRest = (progress: Progress): Progress => ({ ...progress, speed: 0, secondsLeft: null });
