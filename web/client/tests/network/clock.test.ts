// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../network/clock';

const reason = new Error('changed my mind');

describe('the system clock', () => {
  test('returns the time', () => {
    vi.useFakeTimers({ now: 12_345 });
    expect(systemClock.now()).toBe(12_345);
  });

  test('sleeps for the whole time, and not after an abort', async () => {
    vi.useFakeTimers();
    const wake = vi.fn();
    void systemClock.sleep(1000, new AbortController().signal).then(wake);
    await vi.advanceTimersByTimeAsync(999);
    expect(wake).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(wake).toHaveBeenCalledOnce();
    await expect(systemClock.sleep(1000, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an abort leaves no timer', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const asleep = systemClock.sleep(1000, controller.signal);
    controller.abort(reason);
    await expect(asleep).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
