import { useId } from 'preact/hooks';

interface ReasonFieldProps {
  label: string;
  hint?: string;
  value: string;
  onInput: (value: string) => void;
  isRequired: boolean;
}

/** Characters of a reason, a limit of the API. */
const MAX_LENGTH = 400;

/** Why an operator decides so. Ctrl+Enter (or Cmd+Enter) submits its form. */
export function ReasonField({ label, hint, value, onInput, isRequired }: ReasonFieldProps) {
  const id = useId();
  const hintId = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={3}
        value={value}
        maxLength={MAX_LENGTH}
        required={isRequired}
        aria-describedby={hint && hintId}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
            event.currentTarget.form?.requestSubmit();
        }}
        data-testid="reason"
      />
      {hint && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}
