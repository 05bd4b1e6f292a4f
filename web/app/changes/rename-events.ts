import { ApiError } from '../../client/index';
import { messages } from '../messages/index';
import type { Announcer } from '../../shared/state/announcer';
import { describeError } from '../../shared/text/describe';
import type { ChangeCount } from '../page/change-count';
import type { OpenDetails } from '../details/open-details';
import { NameConflictError, type RenameEvents, type Renames } from './renames';
import type { UndoHistory } from './undo-history';
import type { UploadEntries } from '../uploads/upload-entries';

interface Listeners {
  announcer: Announcer;
  entries: UploadEntries;
  details: OpenDetails;
  changes: ChangeCount;
  undo: UndoHistory;
  renames: () => Renames;
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
  const texts = messages.details;
  return {
    changed: (record) => {
      entries.updateRecord(record);
      details.update(record);
      changes.add();
    },
    renamed: (rename) => {
      announcer.announce(texts.renamedTo(rename.from, rename.to));
      undo.add({
        isOpen: () => renames().isUndoable(rename),
        undo: () => void renames().undo(rename),
      });
    },
    undone: ({ from, to }) => announcer.announce(texts.renamedTo(to, from)),
    notUndone: ({ to }, problem) =>
      announcer.announce(texts.notUndone(to, describeRenameError(problem)), true),
  };
}

/** Returns why a rename could not be undone. */
export function describeRenameError(error: unknown): string {
  const { details } = messages;
  if (error instanceof NameConflictError) return details.conflictOfUndo(error.current.filename);
  if (error instanceof ApiError && error.status === 404) return details.gone;
  return describeError(error);
}
