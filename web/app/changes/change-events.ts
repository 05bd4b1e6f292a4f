import { isNotFound } from '../../shared/api/refusals';
import { messages } from '../messages/index';
import type { Announcer } from '../../shared/state/announcer';
import { describeError } from '../../shared/text/describe';
import { describeActionError } from '../credential/action-errors';
import type { ChangeCount } from '../page/change-count';
import type { OpenDetails } from '../details/open-details';
import { NameConflictError, type RenameEvents, type Renames } from './renames';
import type { Move, MoveEvents, Moves } from './moves';
import type { UndoHistory } from './undo-history';
import type { UploadEntries } from '../uploads/upload-entries';

export interface Listeners {
  announcer: Announcer;
  entries: UploadEntries;
  details: OpenDetails;
  changes: ChangeCount;
  undo: UndoHistory;
  renames: () => Renames;
  moves: () => Moves;
}

/** Shows and announces new names, and lets Ctrl+Z undo them. */
export function renameEvents({
  announcer,
  entries,
  details,
  changes,
  undo,
  renames,
}: Listeners): RenameEvents {
  return {
    changed: (record) => {
      entries.updateRecord(record);
      details.update(record);
      changes.add();
    },
    renamed: (rename) => {
      announcer.announce(messages.details.renamedTo(rename.from, rename.to));
      undo.add({
        isOpen: () => renames().isUndoable(rename),
        undo: () => void renames().undo(rename),
      });
    },
    undone: ({ from, to }) => announcer.announce(messages.details.renamedTo(to, from)),
    notUndone: ({ to }, problem) =>
      announcer.announce(messages.details.notUndone(to, describeRenameError(problem)), true),
  };
}

/** Shows and announces moved files, and lets Ctrl+Z move them back. */
export function moveEvents({ announcer, entries, details, changes, undo, moves }: Listeners): MoveEvents {
  return {
    changed: (record) => {
      entries.updateRecord(record);
      details.update(record);
    },
    moved: (move) => {
      undo.add({
        isOpen: () => moves().isUndoable(move),
        undo: () => void moves().undo(move),
      });
    },
    undone: ({ files }) => {
      announcer.announce(messages.undo.movedBack(files.length));
      changes.add();
    },
    notUndone: (move) => {
      announcer.announce(describeMove(move), true);
      changes.add();
    },
  };
}

/** Returns what was moved, or why it could not be moved back. */
export function describeMove({ files, to, problem }: Move): string {
  const { undo } = messages;
  return problem === undefined
    ? undo.moved(files.length, to)
    : undo.notMovedBack(files.length, describeActionError(problem));
}

/** Returns why a rename could not be undone. */
export function describeRenameError(error: unknown): string {
  const { details } = messages;
  if (error instanceof NameConflictError) return details.conflictOfUndo(error.current.filename);
  if (isNotFound(error)) return details.gone;
  return describeError(error);
}
