// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { planChunks } from '../../transfer/chunks';
import { ConnectionSpeed } from '../../network/connection-speed';
import { ProgressMeter } from '../../transfer/progress';
import { Throttle } from '../../network/throttle';
import { Tuner } from '../../network/tuner';
import { FakeClock } from '../fakes';

const MIB = 1024 * 1024;

describe('timeouts and part sizes', () => {
  test.each([
    ['before anything was measured', 16 * MIB, [], { stall: 131_072, answer: 1_048_576 }],
    [
      'after a part that is too small to measure',
      16 * MIB,
      [[MIB / 4 - 1, 1]],
      { stall: 131_072, answer: 1_048_576 },
    ],
    [
      'after a part that is large enough',
      MIB,
      [[MIB / 4, 26_214.4]],
      { stall: 419_430.4, answer: 209_715.2 },
    ],
    [
      'on a connection that became slower',
      MIB,
      [
        [MIB, MIB / 30],
        [MIB, MIB / 10],
      ],
      { stall: 209_715.2, answer: 180_000 },
    ],
    ['after a part that took no time', MIB, [[MIB, 0]], { stall: 90_000, answer: 180_000 }],
  ] as const)('%s', (_, bytes, parts, timeouts) => {
    const speed = new ConnectionSpeed();
    for (const [size, milliseconds] of parts) speed.partStored(size, milliseconds);
    expect(speed.timeouts(bytes)).toEqual(timeouts);
  });

  test('the service chooses the part size from 16 MiB in 20 seconds on', () => {
    const sizes = [16 * MIB - 20_000, 16 * MIB].map((bytes) => {
      const speed = new ConnectionSpeed();
      speed.partStored(bytes, 20_000);
      return speed.partSize(1000 * MIB);
    });
    expect(sizes).toEqual([16 * MIB - 20_000, undefined]);
  });

  test('hasStoredPart is false until a part was stored', () => {
    const speed = new ConnectionSpeed();
    speed.timedOut();
    expect(speed.hasStoredPart).toBe(false);
    speed.partStored(0, 1);
    expect(speed.hasStoredPart).toBe(true);
  });
});

describe('the number of parallel parts', () => {
  test.each([
    [undefined, 3, 6],
    [[1, 1], 1, 1],
    [[1, 2], 2, 2],
    [[4, 8], 4, 8],
  ] as const)('within %j it starts with %i', (connections, first, most) => {
    const tuner = new Tuner(new FakeClock(), connections);
    expect([tuner.limit, tuner.most]).toEqual([first, most]);
  });

  /** Stores a round of parts of 1000 bytes in `milliseconds`. */
  async function round(tuner: Tuner, clock: FakeClock, milliseconds: number) {
    await clock.sleep(milliseconds);
    for (let part = tuner.limit; part > 0; part -= 1) tuner.partStored(1000);
    return tuner.limit;
  }

  test('falls after a failure, then rises again', async () => {
    const clock = new FakeClock();
    const tuner = new Tuner(clock);
    const limits = [await round(tuner, clock, 3), await round(tuner, clock, 4000)];
    tuner.partFailed();
    limits.push(tuner.limit, await round(tuner, clock, 9000));
    expect(limits).toEqual([4, 3, 2, 3]);
  });

  test('a failure starts a new round', async () => {
    const clock = new FakeClock();
    const tuner = new Tuner(clock);
    tuner.partStored(1_000_000);
    tuner.partFailed();
    expect(tuner.limit).toBe(2);
    expect(await round(tuner, clock, 1000)).toBe(3);
    expect(await round(tuner, clock, 1000)).toBe(4);
  });

  test('rises only while that is at least 5 % faster', async () => {
    for (const [milliseconds, limit] of [
      [1, 5],
      [1.3, 3],
    ] as const) {
      const clock = new FakeClock();
      const tuner = new Tuner(clock);
      await round(tuner, clock, 1000);
      // four parts in the time of three are a third faster
      expect(await round(tuner, clock, 1000 * milliseconds)).toBe(limit);
    }
  });

  test('parts that take no time are no error', async () => {
    const clock = new FakeClock();
    const tuner = new Tuner(clock);
    expect(await round(tuner, clock, 0)).toBe(4);
    expect(await round(tuner, clock, 1)).toBe(5);
  });
});

describe('the bandwidth limit', () => {
  test('of null does not delay', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock);
    for (const bytes of [1e9, 1e9]) await throttle.pass(bytes);
    expect([throttle.cap, clock.slept]).toEqual([null, []]);
  });

  test('does not save up unused bandwidth', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock, 1000);
    await throttle.pass(1000);
    await clock.sleep(5000);
    await throttle.pass(1000);
    await throttle.pass(1000);
    expect(clock.slept).toEqual([5000, 1000]);
  });

  test('does not sleep for 0 ms', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock, 1000);
    await throttle.pass(1000);
    await clock.sleep(1000);
    await throttle.pass(1000);
    expect(clock.slept).toEqual([1000]);
  });

  test('can be aborted', async () => {
    const throttle = new Throttle(new FakeClock(), 1);
    await throttle.pass(5);
    await expect(throttle.pass(5, AbortSignal.abort(new Error('changed my mind')))).rejects.toThrow(
      'changed my mind',
    );
  });
});

describe('progress', () => {
  function meter(size = 10_000) {
    const clock = new FakeClock();
    return { clock, progress: new ProgressMeter(planChunks(size, 100), clock) };
  }

  test('has no speed in the first second', async () => {
    const { clock, progress } = meter();
    await clock.sleep(999);
    progress.chunkMoved(0, 50);
    expect(progress.read()).toEqual({ sent: 50, size: 10_000, speed: 0, secondsLeft: null });
    await clock.sleep(1);
    expect(progress.read()).toEqual({ sent: 50, size: 10_000, speed: 50, secondsLeft: 199 });
  });

  test('measures the speed over the last seconds', async () => {
    const { clock, progress } = meter();
    for (let index = 0; index < 20; index += 1) {
      await clock.sleep(1000);
      progress.chunkMoved(index, index < 10 ? 100 : 50);
    }
    expect(progress.read().speed).toBe(50);
    await clock.sleep(7000);
    expect(progress.read().speed).toBeGreaterThan(0);
    await clock.sleep(2000);
    expect(progress.read().speed).toBe(0);
  });

  test('measures the speed over exactly eight seconds', async () => {
    const { clock, progress } = meter();
    await clock.sleep(1000);
    progress.chunkMoved(0, 90);
    await clock.sleep(8000);
    expect(progress.read().speed).toBe(10);
    await clock.sleep(1);
    expect(progress.read().speed).toBe(0);
  });

  test('bytes of a repeated part count for the speed, lost bytes do not', async () => {
    const { clock, progress } = meter(100);
    await clock.sleep(1000);
    progress.chunkMoved(0, 100);
    progress.chunkMoved(0, 80);
    expect(progress.read()).toEqual({ sent: 80, size: 100, speed: 100, secondsLeft: 0.2 });
    progress.chunkLost(0);
    progress.chunkMoved(0, 100);
    expect(progress.read()).toEqual({ sent: 100, size: 100, speed: 200, secondsLeft: 0 });
  });

  test('stored chunks count once', () => {
    const { progress } = meter();
    progress.chunkStored(0);
    progress.chunkStored(0);
    progress.chunkMoved(0, 100);
    expect(progress.read().sent).toBe(100);
  });
});
