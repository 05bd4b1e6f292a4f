// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { Slots } from '../../transfer/slots';

const reason = new Error('changed my mind');
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('slots', () => {
  test('`next` is first in the queue', async () => {
    const slots = new Slots(() => 1);
    const leave = await slots.take();
    const order: string[] = [];
    const enter = async (name: string, next: boolean) => {
      const go = await slots.take(undefined, next);
      order.push(name);
      go();
    };
    const all = [enter('first', false), enter('second', false), enter('next', true)];
    leave();
    await Promise.all(all);
    expect(order).toEqual(['next', 'first', 'second']);
  });

  test('releasing twice frees one slot', async () => {
    const slots = new Slots(() => 1);
    const leave = await slots.take();
    leave();
    leave();
    await slots.take();
    const second = vi.fn();
    void slots.take().then(second);
    await settled();
    expect(second).not.toHaveBeenCalled();
  });

  test('`next` waits for a free slot', async () => {
    const slots = new Slots(() => 1);
    await slots.take(undefined, true);
    const second = vi.fn();
    void slots.take(undefined, true).then(second);
    await settled();
    expect(second).not.toHaveBeenCalled();
  });

  test('a new call does not overtake waiting ones', async () => {
    let limit = 1;
    const slots = new Slots(() => limit);
    const leave = await slots.take();
    const order: string[] = [];
    const enter = (name: string) => slots.take().then(() => order.push(name));
    const first = enter('first');
    limit = 2;
    const second = enter('second');
    leave();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  test('an abort beforehand takes no slot', async () => {
    const slots = new Slots(() => 1);
    await expect(slots.take(AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(slots.take()).resolves.toBeTypeOf('function');
  });

  test('an abort after the slot was taken changes nothing', async () => {
    const slots = new Slots(() => 1);
    const controller = new AbortController();
    const leave = await slots.take();
    const second = slots.take(controller.signal);
    const third = slots.take();
    leave();
    const leaveSecond = await second;
    controller.abort(reason);
    leaveSecond();
    await expect(third).resolves.toBeTypeOf('function');
  });
});
