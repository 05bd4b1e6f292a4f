import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { messages } from '../messages/index';
import type { Filters } from '../state/route';

/** One filter. Its value is in the address under `name`. */
export interface FilterField {
  name: string;
  label: string;
  kind: 'text' | 'date' | 'number' | 'select';
  /** Values and texts of a `select`; the value '' is the default. */
  options?: readonly (readonly [value: string, text: string])[];
  /** Whether it is behind "More filters". */
  isRare?: boolean;
}

interface FilterBarProps {
  fields: readonly FilterField[];
  filters: Filters;
  onChange: (change: Filters) => void;
}

/** A text applies this long after the last key. Milliseconds. */
const DEBOUNCE_TIME = 250;

/** The filters of a list. */
export function FilterBar({ fields, filters, onChange }: FilterBarProps) {
  const isFiltered = fields.some(({ name }) => Boolean(filters[name]));
  const cleared = Object.fromEntries(fields.map(({ name }) => [name, undefined]));
  const rare = fields.filter(({ isRare }) => isRare);
  // stays open: the field that was just cleared still has the focus
  const hasRare = useRef(false);
  hasRare.current ||= rare.some(({ name }) => Boolean(filters[name]));
  const draw = (field: FilterField) => (
    <Field
      key={field.name}
      field={field}
      value={filters[field.name] ?? ''}
      onChange={(value) => onChange({ [field.name]: value })}
    />
  );
  return (
    <form
      class="filters"
      role="search"
      aria-label={messages.filters.label}
      onSubmit={(event) => event.preventDefault()}
    >
      {fields.filter(({ isRare }) => !isRare).map(draw)}
      {isFiltered && (
        <Button kind="quiet" onClick={() => onChange(cleared)} testId="clear-filters">
          {messages.filters.clear}
        </Button>
      )}
      {rare.length > 0 && (
        <details class="rare-filters" open={hasRare.current}>
          <summary data-testid="more-filters">{messages.filters.more}</summary>
          <div class="filters">{rare.map(draw)}</div>
        </details>
      )}
    </form>
  );
}

interface FieldProps {
  field: FilterField;
  value: string;
  onChange: (value: string) => void;
}

function Field({ field, value, onChange }: FieldProps) {
  const id = useId();
  const { name, label, kind, options = [] } = field;
  return (
    <div class={`field filter-${kind}`}>
      <label for={id}>{label}</label>
      {kind === 'select' ? (
        <select
          id={id}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          data-testid={`filter-${name}`}
        >
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <TypedInput id={id} name={name} kind={kind} value={value} onChange={onChange} />
      )}
    </div>
  );
}

/** Typed alike: the component uses no attribute that only one of them has. */
const INPUT_TYPES = { text: 'search', date: 'date', number: 'number' } as unknown as Record<
  TypedInputProps['kind'],
  'search'
>;

interface TypedInputProps {
  id: string;
  name: string;
  kind: 'text' | 'date' | 'number';
  value: string;
  onChange: (value: string) => void;
}

function TypedInput({ id, name, kind, value, onChange }: TypedInputProps) {
  const [text, setText] = useState(value);
  const known = useRef(value);
  // changed elsewhere: by the button that clears all filters, or by another address; what this field sent is older than its text
  if (known.current !== value) {
    known.current = value;
    setText(value);
  }
  useEffect(() => {
    if (text.trim() === value) return;
    const send = () => onChange((known.current = text.trim()));
    const timer = setTimeout(send, text === '' ? 0 : DEBOUNCE_TIME);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      id={id}
      type={INPUT_TYPES[kind]}
      value={text}
      min={kind === 'number' ? 0 : undefined}
      step={kind === 'number' ? 'any' : undefined}
      maxLength={255}
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => setText(event.currentTarget.value)}
      data-testid={`filter-${name}`}
    />
  );
}
