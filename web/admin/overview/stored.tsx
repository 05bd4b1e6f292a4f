import { formatBytes } from '../../shared/text/format';
import type { Counts, Usage } from '../api/usage';
import { fixedList } from '../state/fixed-list';
import { addressOf } from '../state/route';
import { formatCount } from '../text';
import { Age } from '../ui/age';
import { messages } from '../messages/index';
import { type Column, Table } from '../ui/table';
import { Panel } from './panel';
import { texts } from './texts';
import { nameOfState, orderedStates } from './words';

const { stored: words } = texts;

interface Row {
  state: string;
  count: number | undefined;
  bytes: number | undefined;
}

const number = (value: number | undefined, format: (value: number) => string) => (
  <span class="number">{value === undefined ? '–' : format(value)}</span>
);

const columns = (count: string): readonly Column<Row>[] => [
  {
    key: 'name',
    title: words.columns.state,
    isHead: true,
    render: ({ state }) => <StateName state={state} />,
  },
  { key: 'count', title: count, render: (row) => number(row.count, formatCount) },
  { key: 'bytes', title: words.columns.bytes, render: (row) => number(row.bytes, formatBytes) },
];

/** How many files and uploads there are in each state, and their bytes. */
export function Stored({ usage }: { usage: Usage }) {
  const { counted_at: at, files, uploads, bytes } = usage;
  const uploadStates = Object.keys(uploads);
  const fileStates = [...new Set([...Object.keys(files), ...Object.keys(bytes)])].filter(
    (state) => !uploadStates.includes(state),
  );
  return (
    <Panel title={words.title} isWide testId="stored">
      {at === null ? (
        <p class="hint">{words.none}</p>
      ) : (
        <>
          <p class="hint">
            {words.counted} <Age at={at} />
          </p>
          <div class="side-by-side">
            <States title={words.columns.files} states={fileStates} counts={files} bytes={bytes} />
            <States title={words.uploads} states={uploadStates} counts={uploads} bytes={bytes} />
          </div>
        </>
      )}
    </Panel>
  );
}

interface StatesProps {
  title: string;
  states: readonly string[];
  counts: Counts;
  bytes: Counts;
}

function States({ title, states, counts, bytes }: StatesProps) {
  const rows = orderedStates(states).map((state) => ({
    state,
    count: counts[state],
    bytes: bytes[state],
  }));
  return (
    <Table
      label={title}
      list={fixedList(rows.filter(({ count = 0, bytes: size = 0 }) => count > 0 || size > 0))}
      idOf={({ state }) => state}
      nameOf={({ state }) => nameOfState(state)}
      columns={columns(title)}
      empty={messages.states.none}
      testId="states"
    />
  );
}

/** Verdicts have a list of their files, and states of open uploads the list of uploads. */
function StateName({ state }: { state: string }) {
  const name = nameOfState(state);
  if (Object.hasOwn(messages.verdicts, state)) {
    return <a href={addressOf('files', undefined, { verdict: state })}>{name}</a>;
  }
  if (state === 'uploading' || state === 'completing') {
    return <a href={addressOf('uploads', undefined, { state })}>{name}</a>;
  }
  return <>{name}</>;
}
