import { useEffect, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { useHarbour } from '../state/harbour';
import { useStore } from '../state/store';
import type { LeftUpload } from '../state/unfinished';
import { describeError } from '../text/describe';
import { formatBytes, formatTime } from '../text/format';
import { Button } from './button';
import { CrossIcon } from './icons';

/** What an earlier page left half-way: the same file, chosen again, carries on. */
export function LeftBehind() {
  const { unfinished } = useHarbour();
  const uploads = useStore(unfinished);
  const { left } = messages;
  useEffect(() => void unfinished.load(), [unfinished]);
  if (uploads.length === 0) return null;
  return (
    <section class="left-behind" aria-labelledby="left-title" data-testid="left-behind">
      <h2 id="left-title">{left.title}</h2>
      <p class="hint">{left.hint}</p>
      <ul>
        {uploads.map((upload) => (
          <LeftRow key={upload.upload_id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function LeftRow({ upload: { upload_id, name, size, expires_at, arrived } }: { upload: LeftUpload }) {
  const { unfinished } = useHarbour();
  const [problem, setProblem] = useState('');
  const { left, row } = messages;
  const amount = arrived === null ? formatBytes(size) : row.bytesOf(formatBytes(arrived), formatBytes(size));
  const discard = () => {
    unfinished.discard(upload_id).catch((error: unknown) => setProblem(describeError(error)));
  };
  return (
    <li data-testid="left-upload">
      <span>
        <bdi>{name}</bdi> <span class="hint">{left.about(amount, formatTime(expires_at))}</span>
        {problem && (
          <span class="problem" role="alert">
            {' '}
            {problem}
          </span>
        )}
      </span>
      <Button kind="quiet" onClick={discard} label={row.of(left.discard, name)} testId="left-discard">
        <CrossIcon /> <span class="button-word">{left.discard}</span>
      </Button>
    </li>
  );
}
