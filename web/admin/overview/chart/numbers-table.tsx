import { formatBytes } from '../../../shared/text/format';
import type { UsageDay } from '../../api/usage';
import { fixedList } from '../../state/fixed-list';
import { type Column, Table } from '../../ui/table';
import { texts } from '../texts';
import { formatDay } from './days';
import { type Series, totalOf } from './series';

const { chart: words } = texts;

interface NumbersTableProps {
  series: readonly Series[];
  history: readonly UsageDay[];
  label: string;
}

/** The numbers of the chart, newest day first, for those who cannot use a picture. */
export function NumbersTable({ series, history, label }: NumbersTableProps) {
  const columns: Column<UsageDay>[] = [
    { key: 'day', title: words.day, isHead: true, render: ({ day }) => formatDay(day) },
    { key: 'total', title: words.total, render: ({ day }) => bytesOf(totalOf(series, day)) },
    ...series.map(({ name, bytes }, at) => ({
      key: `series-${at}`,
      title: name,
      render: ({ day }: UsageDay) => bytesOf(bytes.get(day) ?? 0),
    })),
  ];
  return (
    <details class="numbers" data-testid="chart-table">
      <summary>{words.table}</summary>
      <Table
        label={label}
        list={fixedList(history.toReversed())}
        idOf={({ day }) => day}
        nameOf={({ day }) => day}
        columns={columns}
        empty={words.none}
        testId="numbers"
      />
    </details>
  );
}

const bytesOf = (bytes: number) => <span class="number">{bytes === 0 ? '0' : formatBytes(bytes)}</span>;
