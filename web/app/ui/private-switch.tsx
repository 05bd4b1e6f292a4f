import { useEffect, useId, useRef } from 'preact/hooks';
import { messages } from '../messages/index';
import type { CredentialPair, CredentialProblem } from '../state/credential';
import { CredentialFields } from './credential-fields';

/** Whether the next files are private, and their credential. Kept in memory only. */
export interface PrivateChoice {
  on: boolean;
  pairs: CredentialPair[];
  problem: CredentialProblem | null;
}

interface PrivateSwitchProps {
  choice: PrivateChoice;
  onChange: (choice: PrivateChoice) => void;
}

export function PrivateSwitch({ choice, onChange }: PrivateSwitchProps) {
  const { privateFiles } = messages;
  const switchId = useId();
  const hintId = useId();
  const box = useRef<HTMLDivElement>(null);
  // After a drop the incomplete field may be out of view: focus it.
  useEffect(() => {
    if (choice.problem) box.current?.querySelector<HTMLInputElement>('fieldset input')?.focus();
  }, [choice.problem]);
  return (
    <div class="private-switch" ref={box}>
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
          pairs={choice.pairs}
          onChange={(pairs) => onChange({ ...choice, pairs, problem: null })}
        />
      )}
      <p class="problem" role="alert" data-testid="private-problem">
        {choice.problem && privateFiles[choice.problem]}
      </p>
    </div>
  );
}
