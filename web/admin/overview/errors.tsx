import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import type { LoggedError, Overview } from '../api/operations';
import { fixedList } from '../state/fixed-list';
import { formatCount } from '../text';
import { Time } from '../../shared/ui/properties';
import { type Column, Table } from '../ui/table';
import { Known, Panel } from './panel';
import { texts } from './texts';

const { errors: words } = texts;
const SHOWN_FIRST = 5;

const COLUMNS: readonly Column<LoggedError>[] = [
  {
    key: 'event',
    title: words.columns.event,
    isHead: true,
    render: ({ event }) => <span class="code">{event}</span>,
  },
  {
    key: 'message',
    title: words.columns.message,
    render: ({ message, request_id }) => (
      <div>
        <bdi>{message}</bdi>
        {request_id !== null && <p class="hint">{words.request(request_id)}</p>}
      </div>
    ),
  },
  { key: 'process', title: words.columns.process, render: ({ process }) => <bdi>{process}</bdi> },
  { key: 'at', title: words.columns.at, render: ({ at }) => <Time at={at} /> },
];

/** The last errors in the logs of all processes. */
export function Errors({ overview: { errors, unreachable } }: { overview: Overview }) {
  return (
    <Panel title={words.title} isWide testId="errors">
      <Known value={errors} part="redis" unreachable={unreachable} none={words.none}>
        {(found) => <List errors={found} />}
      </Known>
    </Panel>
  );
}

function List({ errors }: { errors: readonly LoggedError[] }) {
  const [isWhole, setWhole] = useState(false);
  if (errors.length === 0) return <p class="hint">{words.none}</p>;
  return (
    <>
      <p class="hint">{words.hint}</p>
      <Table
        label={words.title}
        list={fixedList(isWhole ? errors : errors.slice(0, SHOWN_FIRST))}
        idOf={({ at, process, event, message }) => `${at} ${process} ${event} ${message}`}
        nameOf={({ event }) => event}
        columns={COLUMNS}
        empty={words.none}
        testId="errors-table"
      />
      {!isWhole && errors.length > SHOWN_FIRST && (
        <Button kind="quiet" onClick={() => setWhole(true)} testId="all-errors">
          {texts.showAll(formatCount(errors.length))}
        </Button>
      )}
    </>
  );
}
