// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { allChunks, chunkBytes, planChunks, sliceChunk } from '../../transfer/chunks';
import { systemClock } from '../../network/clock';
import { runPool } from '../../transfer/pool';
import { ProgressMeter } from '../../transfer/progress';
import { backoffDelay } from '../../network/retry';
import { FakeClock, numbered } from '../fakes';

describe('planning', () => {
  test.each([
    [0, 1],
    [1, 1],
    [99, 1],
    [100, 1],
    [101, 2],
    [200, 2],
    [201, 3],
  ])('%i bytes in chunks of 100 are %i chunks that add up', (size, chunks) => {
    const plan = planChunks(size, 100);
    const sizes = allChunks(plan).map((index) => chunkBytes(plan, index));
    expect(sizes).toHaveLength(chunks);
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBe(size);
  });

  test('the slices add up to the file', async () => {
    const plan = planChunks(25, 10);
    const parts = allChunks(plan).map((index) => sliceChunk(numbered(25), plan, index).text());
    expect((await Promise.all(parts)).join('')).toBe(await numbered(25).text());
  });
});

describe('backoff', () => {
  const policy = { attempts: 10, baseDelay: 500, maxDelay: 15_000 };

  test('doubles up to its limit', () => {
    const longest = [0, 1, 2, 3, 4, 5, 6].map((attempt) => backoffDelay(attempt, policy, () => 1));
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  test('full jitter: the delay can be 0', () => {
    expect(backoffDelay(5, policy, () => 0)).toBe(0);
  });
});

describe('pool', () => {
  test('the first failure stops the others and is thrown', async () => {
    const started: number[] = [];
    const stopped: number[] = [];
    const work = async (item: number, signal: AbortSignal) => {
      started.push(item);
      if (item === 1) throw new Error('broken');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      stopped.push(item);
    };
    await expect(runPool([0, 1, 2, 3], 2, work)).rejects.toThrow('broken');
    expect(started).toEqual([0, 1]);
    expect(stopped).toEqual([0]);
  });

  test('no items resolve at once', async () => {
    await expect(runPool([], 4, () => Promise.reject(new Error('called')))).resolves.toBeUndefined();
  });
});

describe('progress', () => {
  function meter(size = 1000) {
    const clock = new FakeClock();
    return { clock, meter: new ProgressMeter(planChunks(size, 100), clock) };
  }

  test('adds up the bytes of all chunks, without those of lost chunks', () => {
    const { meter: progress } = meter();
    progress.chunkMoved(0, 100);
    progress.chunkMoved(1, 40);
    expect(progress.read().sent).toBe(140);
    progress.chunkLost(1);
    expect(progress.read().sent).toBe(100);
  });

  test("ignores bytes beyond the chunk's size", () => {
    const { meter: progress } = meter();
    progress.chunkMoved(0, 180);
    expect(progress.read().sent).toBe(100);
  });

  test('derives speed and time left from the last seconds', async () => {
    const { clock, meter: progress } = meter();
    for (let index = 0; index < 5; index += 1) {
      await clock.sleep(1000);
      progress.chunkMoved(index, 100);
    }
    expect(progress.read()).toEqual({ sent: 500, size: 1000, speed: 100, secondsLeft: 5 });
  });

  test('stored chunks do not count for the speed', async () => {
    const { clock, meter: progress } = meter();
    progress.chunkStored(0);
    await clock.sleep(2000);
    expect(progress.read()).toEqual({ sent: 100, size: 1000, speed: 0, secondsLeft: null });
  });

  test('an empty file has no time left', () => {
    expect(meter(0).meter.read()).toEqual({ sent: 0, size: 0, speed: 0, secondsLeft: 0 });
  });
});

describe('the system clock', () => {
  test('wakes after its time', async () => {
    vi.useFakeTimers();
    const asleep = systemClock.sleep(1000);
    await vi.advanceTimersByTimeAsync(1000);
    await expect(asleep).resolves.toBeUndefined();
    vi.useRealTimers();
  });

  test('wakes with the reason when aborted', async () => {
    const controller = new AbortController();
    const asleep = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error('up'));
    await expect(asleep).rejects.toThrow('up');
  });
});
