import { fixedList } from '../state/fixed-list';
import { useServiceTime } from '../state/refresh';
import type { Queue, Workers } from '../api/operations';
import { formatCount } from '../text';
import { Age } from '../ui/age';
import { type Column, Table } from '../ui/table';
import { LONG_WAIT } from './limits';
import { Known, Panel } from './panel';
import { texts } from './texts';
import { wordOf } from './words';

const { queues: words } = texts;
type Named = Queue & { name: string };

const COLUMNS: readonly Column<Named>[] = [
  { key: 'name', title: words.columns.name, isHead: true, render: ({ name }) => wordOf(words.names, name) },
  ...(['waiting', 'running', 'scheduled', 'failed'] as const).map((key) => ({
    key,
    title: words.columns[key],
    render: (queue: Named) => <span class="number">{formatCount(queue[key])}</span>,
  })),
  {
    key: 'oldest',
    title: words.columns.oldest,
    render: ({ oldest_at }) => (oldest_at === null ? '–' : <Oldest at={oldest_at} />),
  },
];

/** The queues with the jobs that wait in them. */
export function Queues({ answer: { queues, unreachable } }: { answer: Workers }) {
  return (
    <Panel title={words.title} isWide testId="queues">
      <Known value={queues} part="redis" unreachable={unreachable} none={words.none}>
        {(found) => (
          <Table
            label={words.title}
            list={fixedList(Object.entries(found).map(([name, queue]) => ({ ...queue, name })))}
            idOf={({ name }) => name}
            nameOf={({ name }) => name}
            columns={COLUMNS}
            empty={words.none}
            testId="queues-table"
          />
        )}
      </Known>
    </Panel>
  );
}

function Oldest({ at }: { at: string }) {
  const isLong = useServiceTime() - Date.parse(at) > LONG_WAIT;
  return (
    <span class={isLong ? 'overdue' : undefined}>
      <Age at={at} />
      {isLong && <> · {words.long}</>}
    </span>
  );
}
