import { type Series, totalOf } from './series';

/** Height of the plot; its width is the number of days. */
export const HEIGHT = 100;
/** Columns are never wider than those of so many days. */
const FEWEST_DAYS = 14;
/** Part of a day's width between two columns, where they are wide enough. */
const GAP = 0.2;
const FEW_DAYS = 120;
const DAY = 86_400_000;
const ROUND = [1, 2, 2.5, 5, 10];

/** Returns all days from the first to the last one, and at least FEWEST_DAYS. A day that was not counted is a gap. */
export function daysBetween(first: string, last: string): string[] {
  const end = Date.parse(last);
  const begin = Math.min(Date.parse(first), end - (FEWEST_DAYS - 1) * DAY);
  const count = Math.round((end - begin) / DAY) + 1;
  return Array.from({ length: count }, (_, at) => new Date(begin + at * DAY).toISOString().slice(0, 10));
}

/** Returns the top of the scale: a round number that is not less than any total. */
export function topOf(series: readonly Series[], days: readonly string[]): number {
  const most = Math.max(1, ...days.map((day) => totalOf(series, day)));
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = ROUND.find((each) => each * power >= most) ?? 10;
  return factor * power;
}

/** Returns the outline of each series' columns (SVG path data), stacked on those of the series before it. */
export function columnsOf(series: readonly Series[], days: readonly string[], top: number): string[] {
  const gap = days.length > FEW_DAYS ? 0 : GAP;
  const stacked = days.map(() => 0);
  return series.map(({ bytes }) =>
    days
      .map((day, at) => {
        const from = stacked[at] ?? 0;
        const value = bytes.get(day) ?? 0;
        stacked[at] = from + value;
        return value === 0 ? '' : column(at + gap / 2, 1 - gap, scaled(from, top), scaled(from + value, top));
      })
      .join(''),
  );
}

const scaled = (bytes: number, top: number): number => HEIGHT - (bytes / top) * HEIGHT;

const column = (x: number, width: number, bottom: number, top: number): string =>
  `M${rounded(x)} ${rounded(bottom)}V${rounded(top)}h${rounded(width)}V${rounded(bottom)}Z`;

const rounded = (value: number): string => String(Math.round(value * 100) / 100);
