import { useId } from 'preact/hooks';
import { messages } from '../messages/index';
import { type CredentialPair, type PasswordInput, toPairs, toPassword } from './credential';
import { Button } from '../../shared/ui/button';
import { CrossIcon } from '../../shared/ui/icons';

export interface CredentialFieldsProps {
  input: PasswordInput;
  /** Whether a new password is entered, so that password managers offer to save it. */
  isNew?: boolean;
  onChange: (input: PasswordInput) => void;
}

/** A password, or under "Advanced" the names and values of a credential. */
export function CredentialFields({ input, isNew = false, onChange }: CredentialFieldsProps) {
  const { privateFiles } = messages;
  const { password, pairs } = input;
  const fieldId = useId();
  return (
    <div class="credential" data-testid="credential-fields">
      {pairs ? (
        <PairFields pairs={pairs} onChange={(changed) => onChange({ ...input, pairs: changed })} />
      ) : (
        <div class="field">
          <label for={fieldId}>{privateFiles.legend}</label>
          <input
            id={fieldId}
            type="password"
            value={password}
            onInput={(event) => onChange({ ...input, password: event.currentTarget.value })}
            autocomplete={isNew ? 'new-password' : 'off'}
            data-testid="credential-password"
          />
        </div>
      )}
      <Button
        kind="quiet"
        onClick={() => onChange(pairs ? toPassword(input) : toPairs(input))}
        testId="credential-advanced"
      >
        {pairs ? privateFiles.simple : privateFiles.advanced}
      </Button>
    </div>
  );
}

interface PairFieldsProps {
  pairs: readonly CredentialPair[];
  onChange: (pairs: CredentialPair[]) => void;
}

/** The names and values of a credential, one pair per row. */
function PairFields({ pairs, onChange }: PairFieldsProps) {
  const { privateFiles } = messages;
  const change = (row: number, part: Partial<CredentialPair>) =>
    onChange(pairs.map((pair, at) => (at === row ? { ...pair, ...part } : pair)));
  return (
    <fieldset class="credential">
      <legend>{privateFiles.pairs}</legend>
      {pairs.map((pair, row) => (
        <div class="credential-pair" key={row}>
          <input
            value={pair.key}
            onInput={(event) => change(row, { key: event.currentTarget.value })}
            placeholder={privateFiles.key}
            aria-label={privateFiles.keyOf(row + 1)}
            autocomplete="off"
            spellcheck={false}
            data-testid="credential-key"
          />
          <input
            type="password"
            value={pair.value}
            onInput={(event) => change(row, { value: event.currentTarget.value })}
            placeholder={privateFiles.value}
            aria-label={privateFiles.valueOf(row + 1)}
            autocomplete="off"
            data-testid="credential-value"
          />
          {pairs.length > 1 && (
            <Button
              kind="quiet"
              label={privateFiles.remove(row + 1)}
              onClick={() => onChange(pairs.filter((_, at) => at !== row))}
            >
              <CrossIcon />
            </Button>
          )}
        </div>
      ))}
      <Button
        kind="quiet"
        onClick={() => onChange([...pairs, { key: '', value: '' }])}
        testId="credential-add"
      >
        {privateFiles.add}
      </Button>
    </fieldset>
  );
}
