import type { ComponentChildren } from 'preact';
import type { FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import type { RowState } from './file-state';
import { formatBytes, formatTime } from '../../shared/text/format';
import { DetailsButton } from '../details/details-button';
import { FileTypeIcon } from './file-type-icon';
import { LockIcon } from '../../shared/ui/icons';
import { SelectBox } from '../selection/select-box';
import { StatusBadge } from './status-badge';

interface FileRowProps {
  /** Default: the icon of the file's type. */
  icon?: ComponentChildren;
  name: string;
  /** Its folder, '' for none. It is named where it is not the one that is shown. */
  pathName: string;
  shownFolder: string;
  size: number;
  state: RowState;
  isPrivate: boolean;
  fileId?: string | undefined;
  /** The stored file; its name opens the details. */
  record?: FileRecord | null;
  createdAt?: string | undefined;
  /** The progress of the upload, while it runs. */
  progress?: ComponentChildren;
  /** Explains the state; '' for none. */
  note: string;
  actions: ComponentChildren;
}

/** Overrides and isolates can show `exe` as `jpg`; ordinary names contain none of them. */
const hasDirectionMarks = (name: string): boolean => /[\u202a-\u202e\u2066-\u2069]/.test(name);

/** One file with its status and actions. `<bdi>` isolates the direction of its untrusted name. */
export function FileRow({
  icon,
  name,
  pathName,
  shownFolder,
  size,
  state,
  isPrivate,
  fileId,
  record = null,
  createdAt,
  progress,
  note,
  actions,
}: FileRowProps) {
  return (
    <li class="row" data-testid="file-row" data-state={state} data-file-id={fileId}>
      {fileId ? <SelectBox id={fileId} name={name} /> : <span />}
      {icon ?? <FileTypeIcon name={name} />}
      <div class="row-text">
        <p class="row-name">
          <DetailsButton file={record}>
            <bdi data-testid="file-name">{name}</bdi>
          </DetailsButton>
        </p>
        <p class="figures">
          <span>{formatBytes(size)}</span>
          {pathName && pathName !== shownFolder && (
            <span class="row-folder">
              {messages.folders.inFolder} <bdi data-testid="file-folder">{pathName}</bdi>
            </span>
          )}
          {createdAt && <time dateTime={createdAt}>{formatTime(createdAt)}</time>}
          {isPrivate && (
            <span class="private" data-testid="file-private">
              <LockIcon /> {messages.row.private}
            </span>
          )}
        </p>
      </div>
      <StatusBadge state={state} />
      <div class="row-actions">{actions}</div>
      {progress}
      {hasDirectionMarks(name) && (
        <p class="note">{messages.row.reversed(name.slice(name.lastIndexOf('.') + 1))}</p>
      )}
      {note && (
        <p class={`note note-${state}`} data-testid="file-note">
          {note}
        </p>
      )}
    </li>
  );
}
