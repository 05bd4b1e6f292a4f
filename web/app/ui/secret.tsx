import { useEffect, useId, useRef } from 'preact/hooks';
import { messages } from '../messages/index';
import type { CredentialPair } from '../state/credential';
import { CredentialFields } from './credential-fields';

/** Whether the next files are private, and with which credential. Lives in memory only. */
export interface SecretChoice {
  on: boolean;
  pairs: CredentialPair[];
  problem: 'missing' | 'twice' | null;
}

interface SecretProps {
  choice: SecretChoice;
  onChange: (choice: SecretChoice) => void;
}

export function Secret({ choice, onChange }: SecretProps) {
  const { secret } = messages;
  const switchId = useId();
  const hintId = useId();
  const box = useRef<HTMLDivElement>(null);
  // Whoever dropped a file looks elsewhere: the field that is missing something comes into view.
  useEffect(() => {
    if (choice.problem) box.current?.querySelector<HTMLInputElement>('fieldset input')?.focus();
  }, [choice.problem]);
  return (
    <div class="secret" ref={box}>
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
        <label for={switchId}>{secret.title}</label>
      </div>
      <p class="hint" id={hintId}>
        {secret.hint}
      </p>
      {choice.on && (
        <CredentialFields
          pairs={choice.pairs}
          onChange={(pairs) => onChange({ ...choice, pairs, problem: null })}
        />
      )}
      <p class="problem" role="alert" data-testid="private-problem">
        {choice.problem && secret[choice.problem]}
      </p>
    </div>
  );
}
