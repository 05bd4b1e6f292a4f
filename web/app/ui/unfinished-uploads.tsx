import { useEffect, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { useAppContext } from '../state/app-context';
import { useStore } from '../../shared/state/store';
import type { UnfinishedUpload } from '../state/unfinished';
import { describeError } from '../../shared/text/describe';
import { formatBytes, formatTime } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { CrossIcon } from '../../shared/ui/icons';

/** The uploads that an earlier page left unfinished; choosing the same file again resumes them. */
export function UnfinishedUploads() {
  const { unfinished } = useAppContext();
  const uploads = useStore(unfinished);
  const { unfinished: texts } = messages;
  useEffect(() => void unfinished.load(), [unfinished]);
  if (uploads.length === 0) return null;
  return (
    <section class="unfinished-uploads" aria-labelledby="unfinished-title" data-testid="unfinished">
      <h2 id="unfinished-title">{texts.title}</h2>
      <p class="hint">{texts.hint}</p>
      <ul>
        {uploads.map((upload) => (
          <UnfinishedRow key={upload.upload_id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function UnfinishedRow({
  upload: { upload_id, name, size, expires_at, uploadedBytes },
}: {
  upload: UnfinishedUpload;
}) {
  const { unfinished } = useAppContext();
  const [problem, setProblem] = useState('');
  const { unfinished: texts, row } = messages;
  const amount =
    uploadedBytes === null ? formatBytes(size) : row.bytesOf(formatBytes(uploadedBytes), formatBytes(size));
  const discard = () => {
    unfinished.discard(upload_id).catch((error: unknown) => setProblem(describeError(error)));
  };
  return (
    <li data-testid="unfinished-upload">
      <span>
        <bdi>{name}</bdi> <span class="hint">{texts.about(amount, formatTime(expires_at))}</span>
        {problem && (
          <span class="problem" role="alert">
            {' '}
            {problem}
          </span>
        )}
      </span>
      <Button kind="quiet" onClick={discard} label={row.actionFor(texts.discard, name)} testId="discard">
        <CrossIcon /> <span class="button-word">{texts.discard}</span>
      </Button>
    </li>
  );
}
