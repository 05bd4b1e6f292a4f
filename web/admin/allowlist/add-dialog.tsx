import { useId, useState } from 'preact/hooks';
import { describeError } from '../../shared/text/describe';
import { FormDialog } from '../../shared/ui/dialog';
import { type Kind, KINDS, type NewEntry } from '../api/allowlist';
import { midnight } from '../text';
import { ReasonField } from '../ui/reason-field';
import { texts } from './texts';

interface AddDialogProps {
  onAdd: (entry: NewEntry) => Promise<void>;
  onClose: () => void;
}

/** Asks for a new entry. */
export function AddDialog({ onAdd, onClose }: AddDialogProps) {
  const { fields } = texts;
  const [kindId, valueId, untilId] = [useId(), useId(), useId()];
  const [kind, setKind] = useState<Kind>('signature');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const submit = async () => {
    if (value.trim() === '' || reason.trim() === '') throw new FormError(texts.missing);
    const ends_at = midnight(until, 1) ?? null;
    if (ends_at !== null && Date.parse(ends_at) < Date.now()) throw new FormError(texts.past);
    await onAdd({ kind, value: value.trim(), reason: reason.trim(), ends_at });
  };
  return (
    <FormDialog
      title={texts.addTitle}
      submitLabel={texts.submit}
      testId="add-dialog"
      onSubmit={submit}
      onClose={onClose}
      describe={(error) => (error instanceof FormError ? error.message : describeError(error))}
    >
      <p>{texts.addText}</p>
      <div class="field">
        <label for={kindId}>{fields.kind}</label>
        <select
          id={kindId}
          value={kind}
          onChange={({ currentTarget }) =>
            setKind(KINDS.find((each) => each === currentTarget.value) ?? 'signature')
          }
          data-testid="entry-kind"
        >
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {texts.kinds[each]}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for={valueId}>{fields[kind]}</label>
        <input
          id={valueId}
          value={value}
          maxLength={255}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setValue(event.currentTarget.value)}
          data-testid="entry-value"
        />
      </div>
      <ReasonField
        label={fields.reason}
        hint={fields.reasonHint}
        value={reason}
        onInput={setReason}
        isRequired
      />
      <div class="field">
        <label for={untilId}>{fields.until}</label>
        <input
          id={untilId}
          type="date"
          value={until}
          onInput={(event) => setUntil(event.currentTarget.value)}
          data-testid="entry-until"
        />
      </div>
    </FormDialog>
  );
}

class FormError extends Error {}
