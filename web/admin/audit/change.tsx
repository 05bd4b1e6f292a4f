import type { AuditEntry } from '../api/audit-entry';
import { texts } from './texts';

/** The changed values, each before and after. */
export function Change({ entry: { before, after } }: { entry: AuditEntry }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return <>–</>;
  return (
    <ul class="changes" role="list" data-testid="changes">
      {names.map((name) => (
        <li key={name}>
          <span class="code">{name}</span> <Value kind="before" value={before?.[name]} />{' '}
          <span aria-hidden="true">→</span> <Value kind="after" value={after?.[name]} />
        </li>
      ))}
    </ul>
  );
}

/** A value, with a word for those who do not see the arrow. */
function Value({ kind, value }: { kind: 'before' | 'after'; value: unknown }) {
  const Element = kind === 'before' ? 'del' : 'ins';
  return (
    <>
      <span class="visually-hidden">{texts[kind]}</span>{' '}
      {value === undefined || value === null ? (
        <span class="hint">{texts.nothing}</span>
      ) : (
        <Element>
          <bdi>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>
        </Element>
      )}
    </>
  );
}
