import { ApiError } from '../../client/index';
import { describeError } from '../../shared/text/describe';
import { messages } from '../messages/index';
import { CredentialError } from './credential';

/** The file's state allows no link at the moment. */
export class NotReadyError extends Error {}

/** Returns the text for an error of a file action. */
export function describeActionError(error: unknown): string {
  if (error instanceof NotReadyError) return messages.row.notReady;
  if (error instanceof CredentialError) return messages.privateFiles[error.problem];
  if (error instanceof ApiError && error.code === 'wrong_credential') return messages.dialogs.wrongCredential;
  return describeError(error);
}
