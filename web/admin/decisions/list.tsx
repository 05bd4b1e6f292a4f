import { type Decision, isEnded, listDecisions } from '../api/decisions';
import { useList, useRepeated } from '../state/list';
import { addressOf } from '../state/route';
import { formatCount } from '../text';
import { Time } from '../../shared/ui/properties';
import { type Column, Table } from '../ui/table';
import { ViewHead } from '../ui/view-head';
import { DecisionBadge } from './state-badge';
import { texts } from './texts';
import { describeFiles, describeOthers } from './words';

/** Time between two reloads while a shown decision runs or waits. Milliseconds. */
const INTERVAL = 3_000;

const { columns: titles } = texts;
const COLUMNS: readonly Column<Decision>[] = [
  {
    key: 'action',
    title: titles.action,
    isHead: true,
    render: ({ decision_id, action }) => (
      <a href={addressOf('decisions', decision_id ?? '')}>{texts.actions[action]}</a>
    ),
  },
  { key: 'state', title: titles.state, render: ({ state }) => <DecisionBadge state={state} /> },
  {
    key: 'files',
    title: titles.files,
    render: (decision) => (
      <>
        {describeFiles(decision)}
        <p class="hint">
          {[texts.progress.done(formatCount(decision.done)), describeOthers(decision)]
            .filter(Boolean)
            .join(', ')}
        </p>
      </>
    ),
  },
  { key: 'reason', title: titles.reason, render: ({ reason }) => <bdi>{reason}</bdi> },
  { key: 'by', title: titles.by, render: ({ created_by }) => <bdi>{created_by}</bdi> },
  { key: 'at', title: titles.at, render: ({ created_at }) => <Time at={created_at} /> },
];

export function DecisionList() {
  const list = useList(listDecisions, []);
  useRepeated(
    list.reload,
    INTERVAL,
    list.items.some((decision) => !isEnded(decision)),
  );
  return (
    <>
      <ViewHead title={texts.title} hint={texts.hint} />
      <Table
        label={texts.title}
        list={list}
        idOf={({ decision_id }) => decision_id ?? ''}
        nameOf={({ action }) => texts.actions[action]}
        columns={COLUMNS}
        empty={texts.empty}
        emptyHint={texts.emptyHint}
        testId="decisions"
      />
    </>
  );
}
