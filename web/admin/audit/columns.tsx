import type { AuditEntry } from '../api/audit-entry';
import { formatCount } from '../text';
import { Time } from '../../shared/ui/properties';
import type { Column } from '../ui/table';
import { Change } from './change';
import { Target } from './target';
import { texts } from './texts';
import { nameOfAction, nameOfActor } from './words';

const { columns: titles } = texts;

export const COLUMNS: readonly Column<AuditEntry>[] = [
  { key: 'action', title: titles.action, isHead: true, render: ({ action }) => nameOfAction(action) },
  { key: 'at', title: titles.at, render: ({ at }) => <Time at={at} /> },
  { key: 'actor', title: titles.actor, render: (entry) => <Actor entry={entry} /> },
  { key: 'target', title: titles.target, render: (entry) => <Target entry={entry} /> },
  { key: 'reason', title: titles.reason, render: ({ reason }) => <bdi>{reason ?? '–'}</bdi> },
  { key: 'change', title: titles.change, render: (entry) => <Change entry={entry} /> },
  {
    key: 'sequence',
    title: titles.sequence,
    render: ({ sequence, request_id }) => (
      <div title={request_id === null ? undefined : texts.request(request_id)}>
        {sequence === null ? (
          <span class="hint">{texts.unsealed}</span>
        ) : (
          <span class="number">{formatCount(sequence)}</span>
        )}
      </div>
    ),
  },
];

function Actor({ entry: { actor, key_prefix, address } }: { entry: AuditEntry }) {
  const from = [key_prefix && texts.key(key_prefix), address && texts.from(address)].filter(Boolean);
  return (
    <div>
      <bdi>{nameOfActor(actor)}</bdi>
      {from.length > 0 && <p class="hint">{from.join(', ')}</p>}
    </div>
  );
}
