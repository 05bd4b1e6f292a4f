// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { planChunks } from '../chunks';
import { ConnectionSpeed } from '../connection-speed';
import { ProgressMeter } from '../progress';
import { Throttle } from '../throttle';
import { Tuner } from '../tuner';
import { FakeClock } from './fakes';

const MIB = 1024 * 1024;

describe('the speed of a line', () => {
  test.each([
    ['before anything was measured', 16 * MIB, [], { stall: 131_072, answer: 1_048_576 }],
    ['of which a part says too little', 16 * MIB, [[MIB / 4 - 1, 1]], { stall: 131_072, answer: 1_048_576 }],
    ['of which a part says enough', MIB, [[MIB / 4, 26_214.4]], { stall: 419_430.4, answer: 209_715.2 }],
    [
      'that is slower than before',
      MIB,
      [
        [MIB, MIB / 30],
        [MIB, MIB / 10],
      ],
      { stall: 209_715.2, answer: 180_000 },
    ],
    ['at once', MIB, [[MIB, 0]], { stall: 90_000, answer: 180_000 }],
  ] as const)('%s', (_, bytes, parts, timeouts) => {
    const speed = new ConnectionSpeed();
    for (const [size, milliseconds] of parts) speed.partStored(size, milliseconds);
    expect(speed.timeouts(bytes)).toEqual(timeouts);
  });

  test('has parts as large as the service likes from 16 MiB in twenty seconds on', () => {
    const sizes = [16 * MIB - 20_000, 16 * MIB].map((bytes) => {
      const speed = new ConnectionSpeed();
      speed.partStored(bytes, 20_000);
      return speed.partSize(1000 * MIB);
    });
    expect(sizes).toEqual([16 * MIB - 20_000, undefined]);
  });

  test('is that of nothing until a part has arrived', () => {
    const speed = new ConnectionSpeed();
    speed.timedOut();
    expect(speed.hasStoredPart).toBe(false);
    speed.partStored(0, 1);
    expect(speed.hasStoredPart).toBe(true);
  });
});

describe('how many parts travel at once', () => {
  test.each([
    [undefined, 3, 6],
    [[1, 1], 1, 1],
    [[1, 2], 2, 2],
    [[4, 8], 4, 8],
  ] as const)('within %j it begins with %i', (connections, first, most) => {
    const tuner = new Tuner(new FakeClock(), connections);
    expect([tuner.limit, tuner.most]).toEqual([first, most]);
  });

  /** A round of parts that takes so long; each has 1000 bytes. */
  async function round(tuner: Tuner, clock: FakeClock, milliseconds: number) {
    await clock.sleep(milliseconds);
    for (let part = tuner.limit; part > 0; part -= 1) tuner.partStored(1000);
    return tuner.limit;
  }

  test('one less after a failure, and then more again, whatever the line gave before', async () => {
    const clock = new FakeClock();
    const tuner = new Tuner(clock);
    const limits = [await round(tuner, clock, 3), await round(tuner, clock, 4000)];
    tuner.partFailed();
    limits.push(tuner.limit, await round(tuner, clock, 9000));
    expect(limits).toEqual([4, 3, 2, 3]);
  });

  test('a round that failed counts from its start', async () => {
    const clock = new FakeClock();
    const tuner = new Tuner(clock);
    tuner.partStored(1_000_000);
    tuner.partFailed();
    expect(tuner.limit).toBe(2);
    expect(await round(tuner, clock, 1000)).toBe(3);
    expect(await round(tuner, clock, 1000)).toBe(4);
  });

  test('more only where that is at least a twentieth faster', async () => {
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

  test('parts that arrive at once do not break it', async () => {
    const clock = new FakeClock();
    const tuner = new Tuner(clock);
    expect(await round(tuner, clock, 0)).toBe(4);
    expect(await round(tuner, clock, 1)).toBe(5);
  });
});

describe('the bandwidth cap', () => {
  test('of none lets everything pass at once', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock);
    for (const bytes of [1e9, 1e9]) await throttle.pass(bytes);
    expect([throttle.cap, clock.slept]).toEqual([null, []]);
  });

  test('forgives what was not used', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock, 1000);
    await throttle.pass(1000);
    await clock.sleep(5000);
    await throttle.pass(1000);
    await throttle.pass(1000);
    expect(clock.slept).toEqual([5000, 1000]);
  });

  test('does not wait for no time', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock, 1000);
    await throttle.pass(1000);
    await clock.sleep(1000);
    await throttle.pass(1000);
    expect(clock.slept).toEqual([1000]);
  });

  test('lets an abort through', async () => {
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

  test('says nothing of the speed in its first second', async () => {
    const { clock, progress } = meter();
    await clock.sleep(999);
    progress.chunkMoved(0, 50);
    expect(progress.read()).toEqual({ sent: 50, size: 10_000, speed: 0, secondsLeft: null });
    await clock.sleep(1);
    expect(progress.read()).toEqual({ sent: 50, size: 10_000, speed: 50, secondsLeft: 199 });
  });

  test('counts what moved in the last seconds alone', async () => {
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

  test('counts what moved eight seconds ago, and not what did before', async () => {
    const { clock, progress } = meter();
    await clock.sleep(1000);
    progress.chunkMoved(0, 90);
    await clock.sleep(8000);
    expect(progress.read().speed).toBe(10);
    await clock.sleep(1);
    expect(progress.read().speed).toBe(0);
  });

  test('a part that starts over is speed again, and one that goes back is none', async () => {
    const { clock, progress } = meter(100);
    await clock.sleep(1000);
    progress.chunkMoved(0, 100);
    progress.chunkMoved(0, 80);
    expect(progress.read()).toEqual({ sent: 80, size: 100, speed: 100, secondsLeft: 0.2 });
    progress.chunkLost(0);
    progress.chunkMoved(0, 100);
    expect(progress.read()).toEqual({ sent: 100, size: 100, speed: 200, secondsLeft: 0 });
  });

  test('what storage has counts once', () => {
    const { progress } = meter();
    progress.chunkStored(0);
    progress.chunkStored(0);
    progress.chunkMoved(0, 100);
    expect(progress.read().sent).toBe(100);
  });
});
