import { useId, useState } from 'preact/hooks';
import type { UsageDay } from '../../api/usage';
import { Panel } from '../panel';
import { texts } from '../texts';
import { Chart } from './chart';
import { type Grouping, seriesOf } from './series';
import { NumbersTable } from './numbers-table';

const { chart: words } = texts;
const PERIODS = [30, 90, 400];
const GROUPINGS: Record<Grouping, string> = { state: words.byState, subject: words.bySubject };

interface HistoryProps {
  days: number;
  onDays: (days: number) => void;
  history: readonly UsageDay[];
}

/** The stored bytes of each day, as a chart and as a table. */
export function History({ days, onDays, history }: HistoryProps) {
  const [by, setBy] = useState<Grouping>('state');
  const series = seriesOf(history, by);
  return (
    <Panel title={words.title} isWide testId="history">
      <div class="filters">
        <Choice
          label={words.by}
          value={by}
          options={Object.entries(GROUPINGS)}
          onChange={(value) => setBy(value as Grouping)}
          testId="chart-by"
        />
        <Choice
          label={words.days}
          value={String(days)}
          options={PERIODS.map((count) => [String(count), words.lastDays(count)])}
          onChange={(value) => onDays(Number(value))}
          testId="chart-days"
        />
      </div>
      {history.length === 0 || series.length === 0 ? (
        <p class="hint" data-testid="chart-empty">
          {words.none}
        </p>
      ) : (
        <>
          <Chart series={series} history={history} what={GROUPINGS[by]} />
          <NumbersTable series={series} history={history} label={words.title} />
        </>
      )}
    </Panel>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onChange: (value: string) => void;
  testId: string;
}

function Choice({ label, value, options, onChange, testId }: ChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data-testid={testId}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
