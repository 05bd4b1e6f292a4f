import type { ComponentType } from 'preact';
import { UnreadableError } from '../../client/index';
import { messages } from '../messages/index';
import { explain, isTravelling, type RowState } from '../state/file-state';
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
        isTravelling(state) &&
        state !== 'waiting' && (
          <ProgressLine
            progress={state === 'paused' || state === 'offline' ? atRest(moved) : moved}
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

/** One button for going on or not, one for the end: each stays where it is when its meaning changes, and so does the focus. */
function TravelActions({ entry: { key, name, state, error } }: { entry: UploadEntry }) {
  const { queue, announcer } = useHarbour();
  const { row, announce } = messages;
  const ended = state === 'failed' || state === 'cancelled';
  const cancel = () => {
    queue.cancel(key);
    announcer.say(announce.cancelled(name));
  };
  const dismiss = () => {
    queue.remove(key);
    document.getElementById('files-title')?.focus({ preventScroll: true });
  };
  const step = stepOf(state, error);
  return (
    <>
      {step && (
        <Button
          key="step"
          onClick={() => queue[step.does](key)}
          label={row.of(step.word, name)}
          testId={step.does}
        >
          <step.Sign /> <span class="button-word">{step.word}</span>
        </Button>
      )}
      <Button
        key="end"
        kind={ended ? 'quiet' : 'plain'}
        onClick={ended ? dismiss : cancel}
        label={row.of(ended ? row.dismiss : row.cancel, name)}
        testId={ended ? 'dismiss' : 'cancel'}
      >
        <CrossIcon /> {state === 'waiting' && <span class="button-word">{row.cancel}</span>}
      </Button>
    </>
  );
}

interface Step {
  does: 'pause' | 'resume' | 'retry';
  word: string;
  Sign: ComponentType;
}

/** What comes next at a press; a file that can no longer be read has to be chosen again. */
function stepOf(state: RowState, error: unknown): Step | null {
  const { row } = messages;
  switch (state) {
    case 'paused':
      return { does: 'resume', word: row.resume, Sign: PlayIcon };
    case 'uploading':
    case 'offline':
    case 'comparing':
      return { does: 'pause', word: row.pause, Sign: PauseIcon };
    case 'failed':
      return isUnreadable(error) ? null : { does: 'retry', word: row.retry, Sign: AgainIcon };
    case 'cancelled':
      return { does: 'retry', word: row.sendAgain, Sign: AgainIcon };
    default:
      return null;
  }
}

const isUnreadable = (error: unknown): boolean => error instanceof UnreadableError;

function noteOf({ state, error, record, progress, isDifferent, isTooLate, keptUntil }: UploadEntry): string {
  const { notes } = messages;
  const sentences = [explain(state, record)];
  if (isDifferent && isTravelling(state)) sentences.push(notes.different);
  if (isTooLate) sentences.push(notes.tooLate);
  if (state === 'offline') sentences.push(notes.offline);
  if (error) sentences.push(describeError(error));
  if (isUnreadable(error)) return sentences.filter(Boolean).join(' ');
  if (state === 'failed' && progress) sentences.push(notes.resume);
  if ((state === 'failed' || state === 'paused') && keptUntil)
    sentences.push(notes.kept(formatTime(keptUntil)));
  return sentences.filter(Boolean).join(' ');
}
