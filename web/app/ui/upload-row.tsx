import type { ComponentType } from 'preact';
import { UnreadableError } from '../../client/index';
import { messages } from '../messages/index';
import { explain, isTransferring, type RowState } from '../state/file-state';
import { useAppContext } from '../state/app-context';
import type { UploadEntry } from '../state/uploads';
import { describeError } from '../../shared/text/describe';
import { formatTime } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { FileActions } from './file-actions';
import { PreviewButton } from './preview-button';
import { RetryIcon, CrossIcon, PauseIcon, PlayIcon } from '../../shared/ui/icons';
import { memo } from '../../shared/ui/memo';
import { withoutSpeed, notStarted, ProgressLine } from './progress-line';
import { FileRow } from './file-row';

interface UploadRowProps {
  entry: UploadEntry;
  onChanged: () => void;
}

/** The row of a file that was selected on this page, until its verdict. */
export const UploadRow = memo(function UploadRow({ entry, onChanged }: UploadRowProps) {
  const { queue } = useAppContext();
  const { key, name, size, state, record, progress, isPrivate } = entry;
  const current = progress ?? notStarted(size);
  return (
    <FileRow
      icon={record && <PreviewButton file={record} state={state} />}
      name={name}
      size={size}
      state={state}
      isPrivate={isPrivate}
      fileId={record?.id}
      record={record}
      createdAt={record?.created_at}
      note={noteOf(entry)}
      progress={
        isTransferring(state) &&
        state !== 'waiting' && (
          <ProgressLine
            progress={state === 'paused' || state === 'offline' ? withoutSpeed(current) : current}
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
          <TransferActions entry={entry} />
        )
      }
    />
  );
});

/** Two buttons whose actions change with the state: pause, resume or retry; cancel or remove. They keep the focus. */
function TransferActions({ entry: { key, name, state, error } }: { entry: UploadEntry }) {
  const { queue, announcer } = useAppContext();
  const { row, announcements } = messages;
  const ended = state === 'failed' || state === 'cancelled';
  const cancel = () => {
    queue.cancel(key);
    announcer.announce(announcements.cancelled(name));
  };
  const dismiss = () => {
    queue.remove(key);
    document.getElementById('files-title')?.focus({ preventScroll: true });
  };
  const next = nextAction(state, error);
  return (
    <>
      {next && (
        <Button
          key="next"
          onClick={() => queue[next.action](key)}
          label={row.actionFor(next.label, name)}
          testId={next.action}
        >
          <next.Icon /> <span class="button-word">{next.label}</span>
        </Button>
      )}
      <Button
        key="end"
        kind={ended ? 'quiet' : 'plain'}
        onClick={ended ? dismiss : cancel}
        label={row.actionFor(ended ? row.dismiss : row.cancel, name)}
        testId={ended ? 'dismiss' : 'cancel'}
      >
        <CrossIcon /> {state === 'waiting' && <span class="button-word">{row.cancel}</span>}
      </Button>
    </>
  );
}

interface NextAction {
  action: 'pause' | 'resume' | 'retry';
  label: string;
  Icon: ComponentType;
}

/** Returns the first button's action; null where it has none, as for a file that can no longer be read. */
function nextAction(state: RowState, error: unknown): NextAction | null {
  const { row } = messages;
  switch (state) {
    case 'paused':
      return { action: 'resume', label: row.resume, Icon: PlayIcon };
    case 'uploading':
    case 'offline':
    case 'comparing':
      return { action: 'pause', label: row.pause, Icon: PauseIcon };
    case 'failed':
      return isUnreadable(error) ? null : { action: 'retry', label: row.retry, Icon: RetryIcon };
    case 'cancelled':
      return { action: 'retry', label: row.uploadAgain, Icon: RetryIcon };
    default:
      return null;
  }
}

const isUnreadable = (error: unknown): boolean => error instanceof UnreadableError;

function noteOf({ state, error, record, progress, isDifferent, isTooLate, keptUntil }: UploadEntry): string {
  const { notes } = messages;
  const sentences = [explain(state, record)];
  if (isDifferent && isTransferring(state)) sentences.push(notes.different);
  if (isTooLate) sentences.push(notes.tooLate);
  if (state === 'offline') sentences.push(notes.offline);
  if (error) sentences.push(describeError(error));
  if (isUnreadable(error)) return sentences.filter(Boolean).join(' ');
  if (state === 'failed' && progress) sentences.push(notes.resume);
  if ((state === 'failed' || state === 'paused') && keptUntil)
    sentences.push(notes.keptUntil(formatTime(keptUntil)));
  return sentences.filter(Boolean).join(' ');
}
