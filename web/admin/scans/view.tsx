import { useState } from 'preact/hooks';
import { getDashboardUrl } from '../api/files';
import { listScans, SCAN_STATES } from '../api/scans';
import { DecisionProgress } from '../decisions/progress';
import { useDecision } from '../decisions/use-decision';
import { messages } from '../messages/index';
import { useAnswer } from '../state/answer';
import { useList, useRepeated } from '../state/list';
import { useFilters } from '../state/route';
import { FilterBar, type FilterField } from '../ui/filter-bar';
import { Unreachable } from '../ui/states';
import { Table } from '../ui/table';
import { ViewHead } from '../ui/view-head';
import type { View } from '../views';
import { columns } from './columns';
import { RepeatFailed } from './repeat-failed';
import { texts } from './texts';

export const scansView: View = { path: 'scans', title: texts.title, Component: Scans };

/** Time between two refreshes. Milliseconds. */
const INTERVAL = 10_000;

const FIELDS: readonly FilterField[] = [
  {
    name: 'state',
    label: texts.filter,
    kind: 'select',
    options: [
      ['', messages.filters.any],
      ...SCAN_STATES.map((state) => [state, texts.states[state]] as const),
    ],
  },
];

/** Scans that run, wait or have failed. */
function Scans() {
  const [filters, changeFilters] = useFilters();
  const { state } = filters;
  const [unreachable, setUnreachable] = useState<readonly string[]>([]);
  const scans = useList(
    async (http, page) => {
      const answer = await listScans(http, state, page);
      setUnreachable(answer.unreachable);
      return answer;
    },
    [state],
  );
  const dashboard = useAnswer(getDashboardUrl, []).value ?? null;
  const decision = useDecision(() => void scans.reload());
  useRepeated(scans.reload, INTERVAL);
  return (
    <>
      <ViewHead title={texts.title} hint={texts.hint}>
        <RepeatFailed onDecided={decision.show} />
      </ViewHead>
      <DecisionProgress shown={decision} isPanel />
      <Unreachable names={unreachable} />
      <FilterBar fields={FIELDS} filters={filters} onChange={changeFilters} />
      <Table
        label={texts.title}
        list={scans}
        idOf={({ file_id }) => file_id}
        nameOf={({ filename }) => filename}
        columns={columns({ dashboard, isJobUnknown: unreachable.includes('redis') })}
        empty={state ? texts.noMatch : texts.empty}
        testId="scans"
      />
    </>
  );
}
