import type { ComponentChildren } from 'preact';
import { formatTime } from '../text/format';

/** A name and a value; one with null, false or '' is left out. */
export type Property = readonly [name: string, value: ComponentChildren];

/** Names with their values. */
export function Properties({ items, testId }: { items: readonly Property[]; testId?: string }) {
  return (
    <dl class="properties" data-testid={testId}>
      {items
        .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A time of the API; nothing for null. */
export function Time({ at }: { at: string | null }) {
  return at === null ? null : (
    <time dateTime={at} title={at}>
      {formatTime(at)}
    </time>
  );
}
