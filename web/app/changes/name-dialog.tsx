import { useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { describeError } from '../../shared/text/describe';
import { FormDialog } from '../../shared/ui/dialog';
import { EmptyNameError, NameField, requiredName } from './name-field';

interface NameDialogProps {
  title: string;
  label: string;
  testId: string;
  onCreate: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the name of a new user or the title of a new appointment. */
export function NameDialog({ title, label, testId, onCreate, onClose }: NameDialogProps) {
  const [name, setName] = useState('');
  const create = async () => onCreate(requiredName(name));
  const describe = (error: unknown) =>
    error instanceof EmptyNameError ? messages.dialogs.required : describeError(error);
  return (
    <FormDialog
      title={title}
      submitLabel={messages.dialogs.create}
      testId={testId}
      onSubmit={create}
      onClose={onClose}
      describe={describe}
    >
      <NameField label={label} value={name} onChange={setName} />
    </FormDialog>
  );
}
