// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { runPool } from '../../transfer/pool';

const reason = new Error('changed my mind');
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('runPool()', () => {
  /** Runs these items; returns the most that ran in parallel, and their order. */
  async function run(items: number[], slots: number) {
    let now = 0;
    let most = 0;
    const order: number[] = [];
    await runPool(items, slots, async (item) => {
      order.push(item);
      most = Math.max(most, (now += 1));
      await settled();
      now -= 1;
    });
    return { most, order };
  }

  test('runs at most `slots` items, in order', async () => {
    expect(await run([1, 2, 3, 4, 5], 2)).toEqual({ most: 2, order: [1, 2, 3, 4, 5] });
    expect(await run([1, 2], 5)).toEqual({ most: 2, order: [1, 2] });
  });

  test('an abort beforehand starts none, and is thrown', async () => {
    const work = vi.fn(() => Promise.resolve());
    await expect(runPool([1], 1, work, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });

  test('an abort is thrown even if the items ignore it', async () => {
    const controller = new AbortController();
    const done: number[] = [];
    const work = async (item: number) => {
      controller.abort(reason);
      await settled();
      done.push(item);
    };
    await expect(runPool([1, 2, 3], 1, work, controller.signal)).rejects.toBe(reason);
    expect(done).toEqual([1]);
  });
});
