import { Badge } from '../../shared/ui/badge';
import { CheckIcon, ClockIcon, SearchIcon, WarnIcon } from '../../shared/ui/icons';
import type { Worker, Workers as Answer } from '../api/operations';
import { fixedList } from '../state/fixed-list';
import { useServiceTime } from '../state/refresh';
import { formatCount } from '../text';
import { Age } from '../ui/age';
import { type Column, Table } from '../ui/table';
import { SILENT_WORKER } from './limits';
import { Known, Panel, Warning } from './panel';
import { texts } from './texts';
import { WorksOn } from './works-on';
import { wordOf } from './words';

const { workers: words } = texts;

interface WorkersProps {
  answer: Answer;
  /** The address of rq-dashboard. */
  dashboard: string | null;
}

/** The workers, and what each one works on. */
export function Workers({ answer: { workers, unreachable }, dashboard }: WorkersProps) {
  return (
    <Panel title={words.title} isWide testId="workers">
      <Known value={workers} part="redis" unreachable={unreachable} none={words.none}>
        {(found) =>
          found.length === 0 ? (
            <Warning isBad testId="no-workers">
              {words.none}
            </Warning>
          ) : (
            <Table
              label={words.title}
              list={fixedList(found)}
              idOf={({ name }) => name}
              nameOf={({ name }) => name}
              columns={columns(dashboard)}
              empty={words.none}
              testId="workers-table"
            />
          )
        }
      </Known>
    </Panel>
  );
}

const columns = (dashboard: string | null): readonly Column<Worker>[] => [
  {
    key: 'name',
    title: words.columns.name,
    isHead: true,
    render: ({ host, pid, name }) => <span title={name}>{words.process(host, pid)}</span>,
  },
  { key: 'state', title: words.columns.state, render: (worker) => <State worker={worker} /> },
  { key: 'job', title: words.columns.job, render: ({ job }) => <WorksOn job={job} dashboard={dashboard} /> },
  { key: 'queues', title: words.columns.queues, render: ({ queues }) => queues.join(', ') },
  {
    key: 'heartbeat',
    title: words.columns.heartbeat,
    render: ({ last_heartbeat: at }) => (at === null ? texts.never : <Age at={at} />),
  },
  {
    key: 'jobs',
    title: words.columns.jobs,
    render: ({ successful, failed }) => words.counts(formatCount(successful), formatCount(failed)),
  },
];

function State({ worker: { state, last_heartbeat } }: { worker: Worker }) {
  const now = useServiceTime();
  if (last_heartbeat !== null && now - Date.parse(last_heartbeat) > SILENT_WORKER) {
    return <Badge tone="bad" icon={WarnIcon} text={words.silent} testId="silent" />;
  }
  const text = wordOf(words.states, state);
  if (state === 'busy') return <Badge tone="busy" icon={SearchIcon} text={text} />;
  if (state === 'idle') return <Badge tone="good" icon={CheckIcon} text={text} />;
  return <Badge tone="calm" icon={ClockIcon} text={text} />;
}
