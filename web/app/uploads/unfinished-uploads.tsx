import { useEffect, useState } from 'preact/hooks';
import { DifferentFileError, type RememberedUpload, UploadBusyError } from '../../client/index';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { useStore } from '../../shared/state/store';
import type { UnfinishedUpload } from './unfinished';
import { describeError } from '../../shared/text/describe';
import { formatBytes, formatPercent, formatTime } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { CrossIcon } from '../../shared/ui/icons';

export interface UnfinishedUploadsProps {
  /** Resumes an upload with its file, which the user chose again. */
  onResume: (upload: RememberedUpload, file: File) => void;
}

/** The uploads that an earlier page left unfinished, with their progress. */
export function UnfinishedUploads({ onResume }: UnfinishedUploadsProps) {
  const { unfinished } = useAppContext();
  const uploads = useStore(unfinished).filter(({ isResuming }) => !isResuming);
  const { unfinished: texts } = messages;
  useEffect(() => void unfinished.load(), [unfinished]);
  if (uploads.length === 0) return null;
  return (
    <section class="unfinished-uploads" aria-labelledby="unfinished-title" data-testid="unfinished">
      <h2 id="unfinished-title">{texts.title}</h2>
      <p class="hint">{texts.hint}</p>
      <ul>
        {uploads.map((upload) => (
          <UnfinishedRow key={upload.upload_id} upload={upload} onResume={onResume} />
        ))}
      </ul>
    </section>
  );
}

interface UnfinishedRowProps extends UnfinishedUploadsProps {
  upload: UnfinishedUpload;
}

function UnfinishedRow({ upload, onResume }: UnfinishedRowProps) {
  const { unfinished } = useAppContext();
  const [notDiscarded, setNotDiscarded] = useState('');
  const { unfinished: texts, row, transfers } = messages;
  const { upload_id, name, size, expires_at, uploadedBytes } = upload;
  const amount =
    uploadedBytes === null ? formatBytes(size) : row.bytesOf(formatBytes(uploadedBytes), formatBytes(size));
  const problem = notDiscarded || describeProblem(upload);
  const discard = () => {
    unfinished.discard(upload_id).catch((error: unknown) => setNotDiscarded(describeError(error)));
  };
  const choose = (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    if (file && file.size !== size) unfinished.notResumed(upload_id, new DifferentFileError(upload_id));
    else if (file) {
      unfinished.resuming(upload_id);
      onResume(upload, file);
    }
    input.value = '';
  };
  return (
    <li data-testid="unfinished-upload">
      <div class="unfinished-text">
        <p>
          <bdi>{name}</bdi> <span class="hint">{texts.about(amount, formatTime(expires_at))}</span>
        </p>
        {uploadedBytes !== null && (
          <div class="unfinished-progress">
            <progress value={uploadedBytes} max={Math.max(1, size)} aria-label={transfers.uploadedOf(name)} />
            <span class="figures">{formatPercent(uploadedBytes, size)}</span>
          </div>
        )}
        <p class="problem" role="alert" data-testid="unfinished-problem">
          {problem}
        </p>
      </div>
      <label class="button button-plain">
        <span aria-hidden="true">{transfers.chooseFile}</span>
        <input
          class="visually-hidden"
          type="file"
          aria-label={row.actionFor(transfers.chooseFile, name)}
          onChange={(event) => choose(event.currentTarget)}
          data-testid="resume-input"
        />
      </label>
      <Button kind="quiet" onClick={discard} label={row.actionFor(texts.discard, name)} testId="discard">
        <CrossIcon /> <span class="button-word">{texts.discard}</span>
      </Button>
    </li>
  );
}

function describeProblem({ problem, name, size }: UnfinishedUpload): string {
  if (problem === null) return '';
  if (problem instanceof DifferentFileError) return messages.transfers.differentFile(name, formatBytes(size));
  return problem instanceof UploadBusyError ? messages.transfers.busy : describeError(problem);
}
