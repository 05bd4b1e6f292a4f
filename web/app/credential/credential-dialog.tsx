import { useState } from 'preact/hooks';
import type { Credential, FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { describeActionError } from './action-errors';
import { credentialFrom, emptyPassword } from './credential';
import { CredentialFields } from './credential-fields';
import { FormDialog } from '../../shared/ui/dialog';

/** The actions of a private file that need its credential. */
export type FileAction = keyof typeof messages.dialogs.credentialActions;

export interface CredentialDialogProps {
  action: FileAction;
  file: FileRecord;
  onCredential: (credential: Credential) => Promise<void>;
  onClose: () => void;
}

/** Asks for a private file's credential. */
export function CredentialDialog({ action, file, onCredential, onClose }: CredentialDialogProps) {
  const { dialogs } = messages;
  const [input, setInput] = useState(emptyPassword);
  const submit = async () => onCredential(credentialFrom(input));
  return (
    <FormDialog
      title={dialogs.credentialTitle}
      submitLabel={dialogs.credentialActions[action]}
      danger={action === 'delete'}
      testId="credential-dialog"
      onSubmit={submit}
      onClose={onClose}
      describe={describeActionError}
    >
      <p>{dialogs.credential(file.filename)}</p>
      <CredentialFields input={input} onChange={setInput} />
    </FormDialog>
  );
}
