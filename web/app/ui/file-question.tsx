import { useState } from 'preact/hooks';
import { ApiError, type Credential, type FileRecord } from '../../client/index';
import { messages } from '../messages/index';
import { emptyCredential, readCredential } from '../state/credential';
import { describeError } from '../text/describe';
import { CredentialFields } from './credential-fields';
import { FormDialog } from './dialog';

/** What one may want with a private file. */
export type Errand = keyof typeof messages.dialogs.credentialGo;

interface FileQuestionProps {
  errand: Errand;
  file: FileRecord;
  onAnswer: (credential: Credential) => Promise<void>;
  onClose: () => void;
}

/** Asks for a private file's credential. */
export function FileQuestion({ errand, file, onAnswer, onClose }: FileQuestionProps) {
  const { dialogs } = messages;
  const [pairs, setPairs] = useState(emptyCredential);
  const answer = async () => {
    const credential = readCredential(pairs);
    if (typeof credential === 'string') throw new CredentialError(credential);
    return onAnswer(credential);
  };
  return (
    <FormDialog
      title={dialogs.credentialTitle}
      submitLabel={dialogs.credentialGo[errand]}
      danger={errand === 'delete'}
      testId="credential-dialog"
      onSubmit={answer}
      onClose={onClose}
      describe={describeErrand}
    >
      <p>{dialogs.credential(file.filename)}</p>
      <CredentialFields pairs={pairs} onChange={setPairs} />
    </FormDialog>
  );
}

/** There is no link for the file just now. */
export class NotReadyError extends Error {}

class CredentialError extends Error {
  constructor(readonly problem: 'missing' | 'twice') {
    super(problem);
  }
}

/** What went wrong with an errand, in words. */
export function describeErrand(error: unknown): string {
  if (error instanceof NotReadyError) return messages.row.notReady;
  if (error instanceof CredentialError) return messages.secret[error.problem];
  if (error instanceof ApiError && error.status === 403) return messages.dialogs.wrongCredential;
  return describeError(error);
}
