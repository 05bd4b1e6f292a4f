import { expect, test } from 'vitest';
import { TotalMeter } from '../../transfers/total';
import type { UploadEntry } from '../../uploads/upload-entry';
import { fileRecord } from '../fakes';

const entry = (key: number, size: number, change: Partial<UploadEntry> = {}): UploadEntry => ({
  key,
  name: `${key}`,
  pathName: '',
  size,
  isPrivate: false,
  state: 'waiting',
  progress: null,
  record: null,
  error: null,
  isDifferent: false,
  isTooLate: false,
  keptUntil: null,
  sameName: null,
  replaces: null,
  ...change,
});
const sent = (bytes: number, size: number, state: UploadEntry['state'] = 'uploading') => ({
  state,
  progress: { sent: bytes, size, speed: 0, secondsLeft: null },
});

test('finished files still count: the bar never goes back', () => {
  const meter = new TotalMeter();
  const seen = [
    meter.read([entry(1, 100), entry(2, 300, sent(0, 300))], 0),
    meter.read([entry(1, 100), entry(2, 300, sent(150, 300))], 1000),
    meter.read([entry(1, 100), entry(2, 300, { state: 'clean', record: fileRecord() })], 2000),
    meter.read([entry(1, 100, sent(50, 100))], 3000), // the row of the finished file was removed
  ];
  expect(seen.map((each) => each && [each.sent, each.size])).toEqual([
    [0, 400],
    [150, 400],
    [300, 400],
    [350, 400],
  ]);
  expect(meter.read([entry(1, 100, { state: 'queued', record: fileRecord() })], 4000)).toBeNull();
  expect(meter.read([entry(3, 10)], 5000)).toMatchObject({ sent: 0, size: 10 });
});

test('failed, cancelled and removed files do not count', () => {
  const meter = new TotalMeter();
  const transferring = entry(1, 100, sent(10, 100));
  meter.read([transferring, entry(2, 50), entry(3, 50), entry(4, 50)], 0);
  const ended = [entry(2, 50, { state: 'failed' }), entry(3, 50, { state: 'cancelled' })];
  expect(meter.read([transferring, ...ended], 1000)).toMatchObject({ sent: 10, size: 100 });
});

test('speed and time left include files that finish between two readings', () => {
  const meter = new TotalMeter();
  const small = (done: number) =>
    Array.from({ length: 100 }, (_, key) =>
      entry(key, 10, key < done ? { state: 'queued', record: fileRecord() } : { state: 'uploading' }),
    );
  meter.read(small(0), 0);
  expect(meter.read(small(5), 500)?.secondsLeft).toBeNull();
  for (let second = 1; second < 9; second += 1) {
    expect(meter.read(small(second * 10), second * 1000)).toMatchObject({
      speed: 100,
      secondsLeft: 10 - second,
    });
  }
});

test('stored bytes do not count for the speed, and a paused upload has none', () => {
  const meter = new TotalMeter();
  meter.read([entry(1, 1000)], 0);
  meter.read([entry(1, 1000, sent(900, 1000, 'comparing'))], 1000);
  expect(meter.read([entry(1, 1000, sent(910, 1000))], 2000)?.speed).toBeLessThanOrEqual(10);
  expect(meter.read([entry(1, 1000, sent(950, 1000, 'paused'))], 3000)).toMatchObject({
    speed: 0,
    secondsLeft: null,
  });
});
