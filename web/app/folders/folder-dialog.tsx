import { useState } from 'preact/hooks';
import { describeError } from '../../shared/text/describe';
import { FormDialog } from '../../shared/ui/dialog';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { EmptyNameError, NameField, requiredName } from '../changes/name-field';

export interface FolderDialogProps {
  path: string;
  name: string;
  onRenamed: () => void;
  onClose: () => void;
}

/** Asks for a folder's new name. With slashes in it, the folder moves below the one that it is in. */
export function FolderDialog({ path, name, onRenamed, onClose }: FolderDialogProps) {
  const { files, announcer } = useAppContext();
  const [wanted, setWanted] = useState(name);
  const { folders: texts } = messages;
  const rename = async () => {
    const next = requiredName(wanted);
    if (next !== name) await files.renameFolder(path, path.slice(0, path.length - name.length) + next);
    announcer.announce(texts.renamed(next));
    onRenamed();
  };
  return (
    <FormDialog
      title={texts.renameTitle}
      submitLabel={texts.rename}
      testId="folder-dialog"
      onSubmit={rename}
      onClose={onClose}
      describe={(error) =>
        error instanceof EmptyNameError ? messages.dialogs.required : describeError(error)
      }
    >
      <NameField label={texts.name} value={wanted} onChange={setWanted} spellcheck={false} />
    </FormDialog>
  );
}
