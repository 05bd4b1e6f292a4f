import { useId, useState } from 'preact/hooks';
import { messages } from '../messages/index';
import { describeError } from '../../shared/text/describe';
import { FormDialog } from '../../shared/ui/dialog';

interface NameDialogProps {
  title: string;
  label: string;
  testId: string;
  onCreate: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the name of a new user or the title of a new appointment. */
export function NameDialog({ title, label, testId, onCreate, onClose }: NameDialogProps) {
  const inputId = useId();
  const [name, setName] = useState('');
  const create = async () => {
    if (name.trim() === '') throw new EmptyNameError();
    await onCreate(name.trim());
  };
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
      <div class="field">
        <label for={inputId}>{label}</label>
        <input
          id={inputId}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          maxLength={255}
          autocomplete="off"
          dir="auto"
          data-testid="name-input"
        />
      </div>
    </FormDialog>
  );
}

class EmptyNameError extends Error {}
