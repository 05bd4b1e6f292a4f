import { messages } from '../messages/index';
import { explain, isTravelling } from '../state/file-state';
import { useHarbour } from '../state/harbour';
import type { UploadEntry } from '../state/uploads';
import { describeError } from '../text/describe';
import { formatTime } from '../text/format';
import { Button } from './button';
import { FileActions } from './file-actions';
import { FileSign } from './file-sign';
import { AgainIcon, CrossIcon, PauseIcon, PlayIcon } from './icons';
import { memo } from './memo';
import { atRest, notYet, ProgressLine } from './progress';
import { Row } from './row';

interface UploadRowProps {
  entry: UploadEntry;
  onChanged: () => void;
}

/** A file of this page's own, from its choice to its verdict. */
export const UploadRow = memo(function UploadRow({ entry, onChanged }: UploadRowProps) {
  const { queue } = useHarbour();
  const { key, name, size, state, record, progress, isPrivate } = entry;
  const moved = progress ?? notYet(size);
  return (
    <Row
      sign={record && <FileSign file={record} state={state} />}
      name={name}
      size={size}
      state={state}
      isPrivate={isPrivate}
      fileId={record?.id}
      createdAt={record?.created_at}
      note={noteOf(entry)}
      progress={
        (state === 'uploading' || state === 'comparing' || state === 'paused') && (
          <ProgressLine
            progress={state === 'paused' ? atRest(moved) : moved}
            label={messages.row.uploading(name)}
          />
        )
      }
      actions={
        record ? (
          <FileActions
            file={record}
            state={state}
            onScanAgain={() => queue.retry(key)}
            onChanged={onChanged}
          />
        ) : (
          <TravelActions entry={entry} />
        )
      }
    />
  );
});

function TravelActions({ entry: { key, name, state } }: { entry: UploadEntry }) {
  const { queue, announcer } = useHarbour();
  const { row, announce } = messages;
  const cancel = () => {
    queue.cancel(key);
    announcer.say(announce.cancelled(name));
  };
  if (state !== 'failed' && state !== 'cancelled') {
    return (
      <>
        {state === 'paused' && (
          <Button onClick={() => queue.resume(key)} label={row.of(row.resume, name)} testId="resume">
            <PlayIcon /> <span class="button-word">{row.resume}</span>
          </Button>
        )}
        {(state === 'uploading' || state === 'comparing') && (
          <Button onClick={() => queue.pause(key)} label={row.of(row.pause, name)} testId="pause">
            <PauseIcon /> <span class="button-word">{row.pause}</span>
          </Button>
        )}
        <Button onClick={cancel} label={row.of(row.cancel, name)} testId="cancel">
          <CrossIcon /> {state === 'waiting' && <span class="button-word">{row.cancel}</span>}
        </Button>
      </>
    );
  }
  const again = state === 'failed' ? row.retry : row.sendAgain;
  return (
    <>
      <Button onClick={() => queue.retry(key)} label={row.of(again, name)} testId="retry">
        <AgainIcon /> <span class="button-word">{again}</span>
      </Button>
      <Button
        kind="quiet"
        onClick={() => queue.remove(key)}
        label={row.of(row.dismiss, name)}
        testId="dismiss"
      >
        <CrossIcon />
      </Button>
    </>
  );
}

function noteOf({ state, error, record, progress, isDifferent, keptUntil }: UploadEntry): string {
  const { notes } = messages;
  const sentences = [explain(state, record)];
  if (isDifferent && isTravelling(state)) sentences.push(notes.different);
  if (error) sentences.push(describeError(error));
  if (state === 'failed' && progress) sentences.push(notes.resume);
  if ((state === 'failed' || state === 'paused') && keptUntil)
    sentences.push(notes.kept(formatTime(keptUntil)));
  return sentences.filter(Boolean).join(' ');
}
