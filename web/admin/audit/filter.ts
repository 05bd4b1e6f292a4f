import type { AuditFilter } from '../api/audit-log';
import { messages } from '../messages/index';
import type { Filters } from '../state/route';
import { midnight } from '../text';
import type { FilterField } from '../ui/filter-bar';
import { texts } from './texts';

const { filters: labels } = texts;

/** All filters; their names are those in the address. */
export const FIELDS: readonly FilterField[] = [
  { name: 'actor', label: labels.actor, kind: 'text' },
  {
    name: 'action',
    label: labels.action,
    kind: 'select',
    options: [['', messages.filters.any], ...Object.entries(texts.actions)],
  },
  { name: 'target_id', label: labels.target, kind: 'text' },
  { name: 'from', label: labels.from, kind: 'date' },
  { name: 'until', label: labels.until, kind: 'date' },
];

/** Returns the filter of the API that the address describes. The day `until` is included. */
export const auditFilter = (filters: Filters): AuditFilter => ({
  actor: filters['actor'],
  action: filters['action'],
  target_id: filters['target_id'],
  created_from: midnight(filters['from']),
  created_until: midnight(filters['until'], 1),
});
