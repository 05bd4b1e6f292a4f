import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { CheckIcon } from '../../shared/ui/icons';
import type { AuditEntry } from '../api/audit-entry';
import { listAudit } from '../api/audit-log';
import { useList } from '../state/list';
import { addressOf, useFilters } from '../state/route';
import { FilterBar } from '../ui/filter-bar';
import { Table } from '../ui/table';
import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { COLUMNS } from './columns';
import { nameOfAction } from './words';
import { ExportButtons } from './export-buttons';
import { auditFilter, FIELDS } from './filter';
import { texts } from './texts';
import { VerificationPanel } from './verification-panel';

export const auditView: View = { path: 'audit', title: texts.title, Component: Audit };

/** The audit log. With `target_id` in the address it is the history of a file, also of a deleted one. */
function Audit() {
  const [filters, changeFilters] = useFilters();
  const [isVerifying, setVerifying] = useState(false);
  const filter = auditFilter(filters);
  const entries = useList((http, page) => listAudit(http, filter, page), Object.values(filter));
  const isFiltered = Object.values(filter).some(Boolean);
  return (
    <>
      <Head target={filters['target_id']}>
        {!isVerifying && (
          <Button onClick={() => setVerifying(true)} testId="verify">
            <CheckIcon />
            {texts.verify.start}
          </Button>
        )}
      </Head>
      {isVerifying && <VerificationPanel onClose={() => setVerifying(false)} />}
      <FilterBar fields={FIELDS} filters={filters} onChange={changeFilters} />
      <ExportButtons filter={filter} />
      <Table
        label={texts.title}
        list={entries}
        idOf={identify}
        nameOf={({ action }) => nameOfAction(action)}
        columns={COLUMNS}
        empty={isFiltered ? texts.noMatch : texts.empty}
        testId="audit"
      />
    </>
  );
}

interface HeadProps {
  /** The file, grant or key whose history is shown. */
  target: string | undefined;
  children: ComponentChildren;
}

function Head({ target, children }: HeadProps) {
  if (!target) {
    return (
      <ViewHead title={texts.title} hint={texts.hint}>
        {children}
      </ViewHead>
    );
  }
  return (
    <ViewHead title={texts.history(target)} hint={texts.historyHint}>
      <a class="button button-quiet" href={addressOf('audit')} data-testid="all-entries">
        {texts.all}
      </a>
      {children}
    </ViewHead>
  );
}

/** Unsealed entries have no number yet. */
const identify = ({ sequence, at, action, target_id, request_id }: AuditEntry): string =>
  sequence === null ? `${at} ${action} ${target_id} ${request_id}` : String(sequence);
