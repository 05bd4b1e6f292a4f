import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Credential, FileRecord } from '../../client/index';
import { isNotFound } from '../../shared/api/refusals';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { NameConflictError } from './renames';
import { FormDialog } from '../../shared/ui/dialog';
import { describeActionError } from '../credential/action-errors';
import { EmptyNameError, NameField, requiredName } from './name-field';

export interface RenameDialogProps {
  file: FileRecord;
  credential: Credential | undefined;
  onClose: () => void;
}

/** Asks for a file's new name. If another client has renamed the file meanwhile, it shows that name and asks again. */
export function RenameDialog({ file, credential, onClose }: RenameDialogProps) {
  const { renames } = useAppContext();
  const { details, row } = messages;
  const [name, setName] = useState(file.filename);
  const input = useRef<HTMLInputElement>(null);
  const current = useRef(file);
  // the extension stays: most people want to change what is before it
  useLayoutEffect(() => input.current?.setSelectionRange(0, stemOf(file.filename).length), []);
  const before = extensionOf(file.filename);
  const after = extensionOf(name.trim());

  const rename = async () => {
    const wanted = requiredName(name);
    if (wanted === current.current.filename) return;
    try {
      await renames.rename(current.current, wanted, credential);
    } catch (error) {
      if (error instanceof NameConflictError) current.current = error.current;
      throw error;
    }
  };
  return (
    <FormDialog
      title={row.rename}
      submitLabel={row.rename}
      testId="rename-dialog"
      onSubmit={rename}
      onClose={onClose}
      describe={describe}
    >
      <NameField
        label={details.newName}
        value={name}
        onChange={setName}
        spellcheck={false}
        inputRef={input}
      />
      <p class="hint" role="status" data-testid="extension-hint">
        {before !== after && name.trim() !== '' && details.otherExtension(before, after)}
      </p>
    </FormDialog>
  );
}

function describe(error: unknown): string {
  if (error instanceof EmptyNameError) return messages.dialogs.required;
  if (error instanceof NameConflictError) return messages.details.conflict(error.current.filename);
  if (isNotFound(error)) return messages.details.gone;
  return describeActionError(error);
}

/** Returns the name without its extension; a name such as `.profile` has none. */
export function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

const extensionOf = (name: string): string => name.slice(stemOf(name).length);
