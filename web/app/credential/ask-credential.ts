import { laterDialog } from '../page/later-part';
import type { CredentialDialogProps } from './credential-dialog';

/** Asks for a private file's credential. */
export const CredentialDialog = laterDialog<CredentialDialogProps>((later) => later.CredentialDialog);
