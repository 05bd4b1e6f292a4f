import type { ComponentType } from 'preact';
import { UnreadableError } from '../../client/index';
import { messages } from '../messages/index';
import { explain, isHeld, isStopped, isTransferring, isUnsettled, type RowState } from '../file/file-state';
import { useAppContext } from '../page/app-context';
import { useUploading } from './use-uploading';
import type { UploadEntry } from './upload-entry';
import { describeError } from '../../shared/text/describe';
import { formatTime } from '../../shared/text/format';
import { Button } from '../../shared/ui/button';
import { FileActions } from '../file/file-actions';
import { PreviewButton } from '../preview/preview-button';
import { RetryIcon, CrossIcon, PauseIcon, PlayIcon, WarnIcon } from '../../shared/ui/icons';
import { memo } from '../../shared/ui/memo';
import { withoutSpeed, notStarted, ProgressLine } from '../transfers/progress-line';
import { FileRow } from '../file/file-row';

export interface UploadRowProps {
  entry: UploadEntry;
  /** The folder that is shown. */
  folder: string;
  onChanged: () => void;
}

/** The row of a file that was selected on this page, until its verdict. */
export const UploadRow = memo(function UploadRow({ entry, folder, onChanged }: UploadRowProps) {
  const { queue } = useUploading();
  const { key, name, pathName, size, state, record, progress, isPrivate } = entry;
  const current = progress ?? notStarted(size);
  return (
    <FileRow
      icon={record && <PreviewButton file={record} state={state} />}
      name={name}
      pathName={record ? (record.path_name ?? '') : pathName}
      shownFolder={folder}
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
            progress={isStopped(state) ? withoutSpeed(current) : current}
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
  const { announcer } = useAppContext();
  const { queue, additions } = useUploading();
  const { row, announcements } = messages;
  const ended = state === 'failed' || state === 'cancelled';
  const cancel = () => {
    queue.cancel(key);
    announcer.announce(announcements.cancelled(name));
  };
  const dismiss = () => {
    queue.entries.remove(key);
    document.getElementById('files-title')?.focus({ preventScroll: true });
  };
  const next = nextAction(state, error);
  const act = {
    pause: () => queue.pause(key),
    resume: () => queue.resume(key),
    retry: () => void additions.retry(key),
    decide: () => additions.isAsking.set(true),
  };
  return (
    <>
      {next && (
        <Button
          key="next"
          onClick={act[next.action]}
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
        <CrossIcon />{' '}
        {(state === 'waiting' || state === 'needs-password') && <span class="button-word">{row.cancel}</span>}
      </Button>
    </>
  );
}

interface NextAction {
  action: 'pause' | 'resume' | 'retry' | 'decide';
  label: string;
  Icon: ComponentType;
}

/** Returns the first button's action; null where it has none, as for a file that can no longer be read. */
function nextAction(state: RowState, error: unknown): NextAction | null {
  const { row } = messages;
  switch (state) {
    case 'needs-choice':
      return { action: 'decide', label: messages.sameName.decide, Icon: WarnIcon };
    case 'paused':
      return { action: 'resume', label: row.resume, Icon: PlayIcon };
    case 'uploading':
    case 'offline':
    case 'retrying':
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

function noteOf(entry: UploadEntry): string {
  const { state, error, record, progress, isDifferent, isTooLate, keptUntil } = entry;
  const { notes } = messages;
  const sentences = [explain(state, record)];
  if (isDifferent && isTransferring(state)) sentences.push(notes.different);
  if (isHeld(state))
    sentences.push(messages.transfers.notes[state === 'needs-choice' ? state : 'needs-password']);
  if (entry.replaces) sentences.push(replacementNote(state));
  if (isTooLate) sentences.push(notes.tooLate);
  if (state === 'offline' || state === 'retrying') sentences.push(notes[state]);
  if (error) sentences.push(describeError(error));
  if (isUnreadable(error)) return sentences.filter(Boolean).join(' ');
  if (state === 'failed' && progress) sentences.push(notes.resume);
  if ((state === 'failed' || state === 'paused') && keptUntil)
    sentences.push(notes.keptUntil(formatTime(keptUntil)));
  return sentences.filter(Boolean).join(' ');
}

function replacementNote(state: RowState): string {
  const { notes } = messages.sameName;
  if (isUnsettled(state)) return notes.later;
  return state === 'clean' || state === 'unscanned' || state === 'released' ? '' : notes.kept;
}
