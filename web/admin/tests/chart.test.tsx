import { expect, test } from 'vitest';
import { columnsOf, daysBetween, topOf } from '../overview/chart/geometry';
import { seriesOf } from '../overview/chart/series';
import { openAdmin } from './open';
import { operatedService, usageOf } from './operations-fakes';

const HISTORY = [
  { day: '2026-01-01', bytes: { clean: 6, orphaned: 2 }, subjects: { ann: 6 } },
  { day: '2026-01-20', bytes: { clean: 3, infected: 1 }, subjects: { ann: 3, ben: 1 } },
];

test('days are complete, also over the end of summer time, and at least two weeks', () => {
  const autumn = daysBetween('2026-10-20', '2026-11-03');
  expect(autumn).toHaveLength(15);
  expect(new Set(autumn).size).toBe(15);
  const few = daysBetween('2026-01-31', '2026-01-31');
  expect([few.length, few[0], few.at(-1)]).toEqual([14, '2026-01-18', '2026-01-31']);
});

test.each([
  [0, 1],
  [1, 1],
  [8, 10],
  [21, 25],
  [999, 1000],
  [1000, 1000],
  [1001, 2000],
])('the scale of %d bytes ends at %d', (bytes, top) => {
  const series = [{ name: 'all', bytes: new Map([['d', bytes]]) }];
  expect(topOf(series, ['d'])).toBe(top);
});

test('states are stacked in the order of the page, without those that have no bytes', () => {
  const series = seriesOf(HISTORY, 'state');
  expect(series.map(({ name }) => name)).toEqual(['Clean', 'Infected', 'Without a row (orphans)']);
  const days = ['2026-01-01', '2026-01-02', '2026-01-20'];
  expect(columnsOf(series, days, 8)).toEqual([
    'M0.1 100V25h0.8V100ZM2.1 100V62.5h0.8V100Z',
    'M2.1 62.5V50h0.8V62.5Z',
    'M0.1 25V0h0.8V25Z',
  ]);
});

test('more subjects than colours: the largest ones, and all others together', () => {
  const subjects = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`s${at}`, at + 1]));
  const series = seriesOf([{ day: 'd', bytes: {}, subjects }], 'subject');
  expect(series.map(({ name, bytes }) => [name, bytes.get('d')])).toEqual([
    ...[9, 8, 7, 6, 5, 4, 3].map((at) => [`s${at}`, at + 1]),
    ['Other subjects (of the largest 20 of each day)', 1 + 2 + 3],
  ]);
});

test('the chart has a description and a table with its numbers', async () => {
  const page = openAdmin(operatedService(), '#/overview');
  const label = (await page.find('chart-drawing')).getAttribute('aria-label');
  expect(label).toContain('from Jan 29, 2026 to Jan 31, 2026');
  expect(label).toContain('On the last day: 5 MB');
  expect(page.all('numbers-row').map((row) => row.textContent)).toEqual([
    'Jan 31, 20265 MB5 MB4 kB',
    'Jan 29, 20262 MB2 MB0',
  ]);
  await page.select('chart-by', 'subject');
  expect(page.all('numbers-row').map((row) => row.textContent)).toEqual([
    'Jan 31, 20265 MB4 MB1 MB',
    'Jan 29, 20262 MB2 MB0',
  ]);
});

test('another period is requested', async () => {
  const service = operatedService().on('GET /api/v1/admin/usage', () => usageOf());
  const page = openAdmin(service, '#/overview');
  await page.select('chart-days', '400');
  const days = () => service.callsOf('GET /api/v1/admin/usage').map(({ query }) => query['days']);
  expect(days()).toEqual(['30', '400']);
});
