import type { RefObject } from 'preact';
import { useId } from 'preact/hooks';

export class EmptyNameError extends Error {}

/** Returns a typed name without spaces around it. Throws EmptyNameError if nothing is left. */
export function requiredName(text: string): string {
  const name = text.trim();
  if (name === '') throw new EmptyNameError();
  return name;
}

interface NameFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** false: for names of files and folders. */
  spellcheck?: false;
  inputRef?: RefObject<HTMLInputElement | null>;
}

/** The field of a dialog that asks for a name. */
export function NameField({ label, value, onChange, spellcheck, inputRef }: NameFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={inputRef ?? null}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
        maxLength={255}
        autocomplete="off"
        spellcheck={spellcheck}
        dir="auto"
        data-testid="name-input"
      />
    </div>
  );
}
