import { messages } from '../messages/index';
import type { CredentialPair } from '../state/credential';
import { Button } from '../../shared/ui/button';
import { CrossIcon } from '../../shared/ui/icons';

interface CredentialFieldsProps {
  pairs: readonly CredentialPair[];
  onChange: (pairs: CredentialPair[]) => void;
}

/** The names and values of a credential, one pair per row. */
export function CredentialFields({ pairs, onChange }: CredentialFieldsProps) {
  const { privateFiles } = messages;
  const change = (row: number, part: Partial<CredentialPair>) =>
    onChange(pairs.map((pair, at) => (at === row ? { ...pair, ...part } : pair)));
  return (
    <fieldset class="credential" data-testid="credential-fields">
      <legend>{privateFiles.legend}</legend>
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
