import type { AuditEntry } from '../api/audit-entry';
import { addressOf } from '../state/route';
import { texts } from './texts';

/** Actions whose target is not a file begin with these; null has no view of its own. */
const VIEWS: readonly (readonly [prefix: string, view: string | null])[] = [
  ['decision_', 'decisions'],
  ['allowlist_', null],
  ['grant_', null],
  ['key_', null],
];

/** What an entry is about, with links to it and to its history. */
export function Target({ entry: { action, target_id: id, owner } }: { entry: AuditEntry }) {
  if (id === null) return <>–</>;
  const view = viewOf(action);
  return (
    <span class="target">
      {view === null ? <span class="code">{id}</span> : <TargetLink view={view} id={id} />}
      {owner !== null && <bdi>{texts.owner(owner)}</bdi>}
      <a
        href={addressOf('audit', undefined, { target_id: id })}
        aria-label={texts.historyLabel(id)}
        data-testid="to-history"
      >
        {texts.historyOf}
      </a>
    </span>
  );
}

const TargetLink = ({ view, id }: { view: string; id: string }) => (
  <a class="code" href={addressOf(view, id)} data-testid="to-target">
    {id}
  </a>
);

function viewOf(action: string): string | null {
  const found = VIEWS.find(([prefix]) => action.startsWith(prefix));
  return found === undefined ? 'files' : found[1];
}
