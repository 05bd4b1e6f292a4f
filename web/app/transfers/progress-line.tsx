import type { Progress } from '../../client/index';
import { messages } from '../messages/index';
import { formatBytes, formatDuration, formatPercent } from '../../shared/text/format';

interface ProgressLineProps {
  progress: Progress;
  label: string;
}

/** A progress bar, with percentage, bytes, speed and time left as text. */
export function ProgressLine({ progress, label }: ProgressLineProps) {
  const { sent, size } = progress;
  return (
    <div class="progress">
      <progress value={sent} max={Math.max(1, size)} aria-label={label} data-testid="file-progress" />
      <p class="figures" data-testid="file-figures">
        {progressTexts(progress).map((text) => (
          <span key={text}>{text}</span>
        ))}
      </p>
    </div>
  );
}

function progressTexts({ sent, size, speed, secondsLeft }: Progress): string[] {
  const { row } = messages;
  const texts = [formatPercent(sent, size), row.bytesOf(formatBytes(sent), formatBytes(size))];
  if (speed > 0 && sent < size) texts.push(row.perSecond(formatBytes(speed)));
  if (secondsLeft) texts.push(row.timeLeft(formatDuration(secondsLeft)));
  return texts;
}

/** The progress before the first byte. */
export const notStarted = (size: number): Progress => ({ sent: 0, size, speed: 0, secondsLeft: null });
/** The progress of an upload that is stopped. */
export const withoutSpeed = (progress: Progress): Progress => ({ ...progress, speed: 0, secondsLeft: null });
