import type { Counts, UsageDay } from '../../api/usage';
import { texts } from '../texts';
import { nameOfState, orderedStates } from '../words';

/** The values of one colour of the chart. */
export interface Series {
  name: string;
  /** Bytes by day. */
  bytes: ReadonlyMap<string, number>;
}

/** What the chart stacks. */
export type Grouping = 'state' | 'subject';

/** Colours that differ enough. */
export const MOST_COLOURS = 8;

/** Returns the series, the first one at the bottom of the stack: the largest ones, and all others as one. */
export function seriesOf(history: readonly UsageDay[], by: Grouping): Series[] {
  const { countsOf, nameOf, order, others } = GROUPINGS[by];
  const counts = history.map(countsOf);
  const largest = [...new Set(counts.flatMap((each) => Object.keys(each)))]
    .filter((key) => mostOf(counts, key) > 0)
    .sort((one, other) => mostOf(counts, other) - mostOf(counts, one));
  const own = largest.slice(0, largest.length > MOST_COLOURS ? MOST_COLOURS - 1 : MOST_COLOURS);
  const rest = largest.slice(own.length);
  const series = order(own).map((key) => seriesFrom(history, nameOf(key), (day) => countsOf(day)[key] ?? 0));
  if (rest.length === 0) return series;
  const restOf = (day: UsageDay) => sum(rest.map((key) => countsOf(day)[key] ?? 0));
  return [...series, seriesFrom(history, others, restOf)];
}

const GROUPINGS: Record<Grouping, GroupingRules> = {
  state: {
    countsOf: ({ bytes }) => bytes,
    nameOf: nameOfState,
    order: orderedStates,
    others: texts.chart.otherStates,
  },
  subject: {
    countsOf: ({ subjects }) => subjects,
    nameOf: (subject) => subject,
    order: (subjects) => [...subjects],
    others: texts.chart.otherSubjects,
  },
};

interface GroupingRules {
  countsOf: (day: UsageDay) => Counts;
  nameOf: (key: string) => string;
  order: (keys: readonly string[]) => string[];
  /** The name of all that have no colour of their own. */
  others: string;
}

const mostOf = (counts: readonly Counts[], key: string): number =>
  Math.max(0, ...counts.map((each) => each[key] ?? 0));

/** A series without the days on which it is zero. */
function seriesFrom(history: readonly UsageDay[], name: string, bytesOf: (day: UsageDay) => number): Series {
  const all = history.map((day) => [day.day, bytesOf(day)] as const);
  return { name, bytes: new Map(all.filter(([, bytes]) => bytes > 0)) };
}

export const totalOf = (series: readonly Series[], day: string): number =>
  sum(series.map(({ bytes }) => bytes.get(day) ?? 0));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
