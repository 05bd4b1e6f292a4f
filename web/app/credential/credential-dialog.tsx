import { useState } from 'preact/hooks';
import { ApiError, type Credential, type FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { CredentialError, credentialFrom, emptyPassword } from './credential';
import { describeError } from '../../shared/text/describe';
import { CredentialFields } from './credential-fields';
import { FormDialog } from '../../shared/ui/dialog';

/** The actions of a private file that need its credential. */
export type FileAction = keyof typeof messages.dialogs.credentialActions;

interface CredentialDialogProps {
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

/** The file's state allows no link at the moment. */
export class NotReadyError extends Error {}

/** Returns the text for an error of a file action. */
export function describeActionError(error: unknown): string {
  if (error instanceof NotReadyError) return messages.row.notReady;
  if (error instanceof CredentialError) return messages.privateFiles[error.problem];
  if (error instanceof ApiError && error.status === 403) return messages.dialogs.wrongCredential;
  return describeError(error);
}
