import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { WarnIcon } from '../../shared/ui/icons';
import { nameOf } from '../ui/states';
import { texts } from './texts';

interface PanelProps {
  title: string;
  /** Over the whole width. */
  isWide?: boolean;
  testId: string;
  children: ComponentChildren;
}

/** A part of a view with its own heading. */
export function Panel({ title, isWide = false, testId, children }: PanelProps) {
  const id = useId();
  return (
    <section class={isWide ? 'panel panel-wide' : 'panel'} aria-labelledby={id} data-testid={testId}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

interface KnownProps<T> {
  value: T | null;
  /** The dependency that has the value, as `unreachable` names it. */
  part: string;
  unreachable: readonly string[];
  /** What null means if the part could be asked. */
  none: string;
  children: (value: T) => ComponentChildren;
}

/** Shows a value; for null, whether there is none or it is unknown because a part could not be asked. */
export function Known<T>({ value, part, unreachable, none, children }: KnownProps<T>) {
  if (value !== null) return <>{children(value)}</>;
  if (!unreachable.includes(part)) return <p class="hint">{none}</p>;
  return (
    <p class="unknown" data-testid="unknown">
      {texts.unknown(nameOf(part))}
    </p>
  );
}

interface WarningProps {
  isBad?: boolean;
  testId?: string;
  children: ComponentChildren;
}

/** What the operator should do something about. */
export function Warning({ isBad = false, testId = 'warning', children }: WarningProps) {
  return (
    <p class={isBad ? 'warning warning-bad' : 'warning'} data-testid={testId}>
      <WarnIcon />
      <span>{children}</span>
    </p>
  );
}
