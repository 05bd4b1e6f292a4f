import type { ComponentChildren } from 'preact';
import { messages } from '../messages/index';
import type { RowState } from '../state/file-state';
import { formatBytes, formatTime } from '../text/format';
import { Crate } from './crate';
import { LockIcon } from './icons';
import { Stamp } from './stamp';

interface RowProps {
  /** What stands for the file; a crate where nothing else does. */
  sign?: ComponentChildren;
  name: string;
  size: number;
  state: RowState;
  isPrivate: boolean;
  fileId?: string | undefined;
  createdAt?: string | undefined;
  /** Bar and figures, while there are some. */
  progress?: ComponentChildren;
  /** The sentence that explains the state. */
  note: string;
  actions: ComponentChildren;
}

/** Overrides and isolates: an honest name needs none of them, a dishonest one shows «exe» as «jpg» with them. */
const turnsAround = (name: string): boolean => /[\u202a-\u202e\u2066-\u2069]/.test(name);

/** One file: what it is, how it stands, what can be done. The name is untrusted and keeps its direction to itself. */
export function Row({
  sign,
  name,
  size,
  state,
  isPrivate,
  fileId,
  createdAt,
  progress,
  note,
  actions,
}: RowProps) {
  return (
    <li class="row" data-testid="file-row" data-state={state} data-file-id={fileId}>
      {sign ?? <Crate name={name} />}
      <div class="row-words">
        <p class="row-name">
          <bdi data-testid="file-name">{name}</bdi>
        </p>
        <p class="figures">
          <span>{formatBytes(size)}</span>
          {createdAt && <time dateTime={createdAt}>{formatTime(createdAt)}</time>}
          {isPrivate && (
            <span class="private" data-testid="file-private">
              <LockIcon /> {messages.row.private}
            </span>
          )}
        </p>
      </div>
      <Stamp state={state} />
      <div class="row-actions">{actions}</div>
      {progress}
      {turnsAround(name) && <p class="note">{messages.row.turned(name.slice(name.lastIndexOf('.') + 1))}</p>}
      {note && (
        <p class={`note note-${state}`} data-testid="file-note">
          {note}
        </p>
      )}
    </li>
  );
}
