// @vitest-environment node
import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../network/clock';
import { browserNetwork } from '../../network/network';
import { abortable } from '../../network/timeouts';
import { Slots } from '../../transfer/slots';

const reason = new Error('changed my mind');
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('a signal that outlives its work', () => {
  const { signal } = new AbortController();

  test.each<[string, () => Promise<unknown>]>([
    ['a sleep', () => systemClock.sleep(0, signal)],
    ['a race', () => abortable(Promise.resolve(), signal)],
    ['a lost race', () => abortable(Promise.reject(reason), signal).catch(() => undefined)],
    [
      'a turn',
      async () => {
        const slots = new Slots(() => 1);
        const leave = await slots.take();
        const next = slots.take(signal);
        leave();
        await next;
      },
    ],
    [
      'the way back of the network',
      async () => {
        vi.stubGlobal('navigator', { onLine: false });
        vi.stubGlobal('addEventListener', (_: string, listener: () => void) => listener());
        await browserNetwork.online(signal);
      },
    ],
  ])('has no listener of %s left', async (_, waitFor) => {
    await waitFor();
    await settled();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
