import { formatBytes } from '../../../shared/text/format';
import type { UsageDay } from '../../api/usage';
import { texts } from '../texts';
import { columnsOf, daysBetween, HEIGHT, topOf } from './geometry';
import { formatDay } from './days';
import { type Series, totalOf } from './series';

interface ChartProps {
  series: readonly Series[];
  history: readonly UsageDay[];
  /** What the columns are stacked by, in words. */
  what: string;
}

/** A column for each day, stacked by series. Texts are outside of the stretched drawing, so that they stay legible. */
export function Chart({ series, history, what }: ChartProps) {
  const [first, last] = [history[0]?.day, history.at(-1)?.day];
  if (first === undefined || last === undefined) return null;
  const days = daysBetween(first, last);
  const top = topOf(series, days);
  const label = texts.chart.describe(
    what,
    formatDay(first),
    formatDay(last),
    formatBytes(totalOf(series, last)),
  );
  return (
    <figure class="chart" data-testid="chart">
      <div class="chart-plot">
        <div class="chart-scale" aria-hidden="true">
          {[top, top / 2, 0].map((bytes) => (
            <span key={bytes}>{formatBytes(bytes)}</span>
          ))}
        </div>
        <svg
          role="img"
          aria-label={label}
          viewBox={`0 0 ${days.length} ${HEIGHT}`}
          preserveAspectRatio="none"
          data-testid="chart-drawing"
        >
          <path class="chart-grid" d={`M0 0H${days.length}M0 ${HEIGHT / 2}H${days.length}`} />
          {columnsOf(series, days, top).map((outline, at) => (
            <path key={at} class={`chart-series chart-colour-${at}`} d={outline} />
          ))}
          <path class="chart-axis" d={`M0 ${HEIGHT}H${days.length}`} />
        </svg>
        <div class="chart-days" aria-hidden="true">
          <span>{formatDay(days[0] ?? first)}</span>
          <span>{formatDay(last)}</span>
        </div>
      </div>
      <Legend series={series} day={last} />
    </figure>
  );
}

/** In the order of the stack, from its top on, with the bytes of the last day. */
function Legend({ series, day }: { series: readonly Series[]; day: string }) {
  return (
    <ul class="chart-legend" role="list">
      {series
        .map(({ name, bytes }, at) => (
          <li key={name}>
            <svg class="chart-mark" viewBox="0 0 10 10" aria-hidden="true" focusable="false">
              <rect class={`chart-colour-${at}`} width="10" height="10" />
            </svg>
            <bdi>{name}</bdi> <span class="number">{formatBytes(bytes.get(day) ?? 0)}</span>
          </li>
        ))
        .reverse()}
    </ul>
  );
}
