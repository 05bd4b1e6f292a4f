import { useEffect, useId, useRef } from 'preact/hooks';
import { messages } from '../messages/index';
import { type CredentialProblem, type PasswordInput, readCredential } from './credential';
import { Button } from '../../shared/ui/button';
import type { CredentialFieldsProps } from './credential-fields';
import { laterPart } from '../page/later-part';

const CredentialFields = laterPart<CredentialFieldsProps>((later) => later.CredentialFields);

/** Whether the next files are private, and their password. Kept in memory only. */
export interface PrivateChoice {
  on: boolean;
  input: PasswordInput;
  problem: CredentialProblem | null;
}

interface PrivateSwitchProps {
  choice: PrivateChoice;
  onChange: (choice: PrivateChoice) => void;
  /** The number of files that wait for a password. */
  waiting: number;
  /** Uploads the files that wait: with the password, or without one where the switch is off. */
  onUpload: () => void;
}

export function PrivateSwitch({ choice, onChange, waiting, onUpload }: PrivateSwitchProps) {
  const { privateFiles } = messages;
  const switchId = useId();
  const hintId = useId();
  const box = useRef<HTMLFormElement>(null);
  // After a drop the incomplete field may be out of view: focus it.
  useEffect(() => {
    if (choice.problem) box.current?.querySelector<HTMLInputElement>('.credential input')?.focus();
  }, [choice.problem]);
  const submit = (event: Event) => {
    event.preventDefault();
    const credential = readCredential(choice.input);
    if (choice.on && typeof credential === 'string') onChange({ ...choice, problem: credential });
    else if (waiting > 0) onUpload();
  };
  return (
    <form class="private-switch" ref={box} onSubmit={submit} noValidate data-testid="private-form">
      <div class="switch">
        <input
          id={switchId}
          type="checkbox"
          role="switch"
          checked={choice.on}
          aria-describedby={hintId}
          onChange={(event) => onChange({ ...choice, on: event.currentTarget.checked, problem: null })}
          data-testid="private-switch"
        />
        <label for={switchId}>{privateFiles.title}</label>
      </div>
      <p class="hint" id={hintId}>
        {privateFiles.hint}
      </p>
      {choice.on && (
        <CredentialFields
          isNew
          input={choice.input}
          onChange={(input) => onChange({ ...choice, input, problem: null })}
        />
      )}
      <p class="problem" role="alert" data-testid="private-problem">
        {choice.problem && privateFiles[choice.problem]}
      </p>
      {waiting > 0 && (
        <Button type="submit" kind="primary" testId="upload-waiting">
          {choice.on ? privateFiles.uploadWaiting(waiting) : privateFiles.uploadWithout(waiting)}
        </Button>
      )}
    </form>
  );
}
