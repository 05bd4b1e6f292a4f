import { useState } from 'preact/hooks';
import { FormDialog } from '../../shared/ui/dialog';
import { ReasonField } from './reason-field';

interface ConfirmDialogProps {
  title: string;
  text: string;
  submitLabel: string;
  isDanger?: boolean;
  /** Asks for an optional reason with this label. */
  reasonLabel?: string;
  /** The dialog closes when it resolves; an error is shown in it. */
  onConfirm: (reason: string | undefined) => Promise<void>;
  onClose: () => void;
}

/** Asks whether to do something, perhaps why. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, text, submitLabel, isDanger = false, reasonLabel, onConfirm, onClose } = props;
  const [reason, setReason] = useState('');
  return (
    <FormDialog
      title={title}
      submitLabel={submitLabel}
      danger={isDanger}
      testId="confirm-dialog"
      onSubmit={() => onConfirm(reason.trim() || undefined)}
      onClose={onClose}
    >
      <p>{text}</p>
      {reasonLabel && (
        <ReasonField label={reasonLabel} value={reason} onInput={setReason} isRequired={false} />
      )}
    </FormDialog>
  );
}
