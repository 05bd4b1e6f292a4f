import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Credential, FileRecord } from '../../client/index';
import { useAppContext } from '../page/app-context';
import { laterDialog } from '../page/later-part';
import { CredentialDialog } from '../credential/ask-credential';
import type { RenameDialogProps } from './rename-dialog';

const RenameDialog = laterDialog<RenameDialogProps>((later) => later.RenameDialog);

/** The dialogs that rename a file: of a private one, first the credential's. */
export function useRename(file: FileRecord): { start: () => void; dialog: VNode | null } {
  const { files } = useAppContext();
  const [step, setStep] = useState<'credential' | 'rename' | null>(null);
  const credential = useRef<Credential>(undefined);
  const start = () => {
    credential.current = undefined;
    setStep(file.is_private ? 'credential' : 'rename');
  };
  const check = async (given: Credential) => {
    await files.check(file.id, given);
    credential.current = given;
  };
  return {
    start,
    dialog:
      step === 'rename' ? (
        <RenameDialog file={file} credential={credential.current} onClose={() => setStep(null)} />
      ) : step === 'credential' ? (
        <CredentialDialog
          action="rename"
          file={file}
          onCredential={check}
          onClose={() => setStep(credential.current ? 'rename' : null)}
        />
      ) : null,
  };
}
