// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import type { Network } from '../../network/network';
import { type RetryDecision, type RetryTools, withRetry } from '../../network/retry';
import { FakeClock, onlineNetwork } from '../fakes';

const policy = { attempts: 3, baseDelay: 100, maxDelay: 300 };
const broken = (number: number) => new Error(`broken ${number}`);

/** Runs an action that fails `times` times. */
function failing(times: number, { network = onlineNetwork, decide = () => 0, signal }: Partial<Course> = {}) {
  const clock = new FakeClock();
  const tools: RetryTools = { clock, random: () => 0.5, policy, network };
  let calls = 0;
  const action = () => {
    calls += 1;
    return calls > times ? Promise.resolve('done') : Promise.reject(broken(calls));
  };
  return { outcome: withRetry(action, decide, tools, signal), clock, calls: () => calls };
}

interface Course {
  network: Network;
  decide: (error: unknown) => RetryDecision | Promise<RetryDecision>;
  signal: AbortSignal;
}

test('a success is not repeated', async () => {
  const { outcome, clock, calls } = failing(0);
  expect([await outcome, calls(), clock.slept]).toEqual(['done', 1, []]);
});

test('a failure is repeated after growing waits', async () => {
  const { outcome, clock, calls } = failing(2);
  expect([await outcome, calls(), clock.slept]).toEqual(['done', 3, [50, 100]]);
});

test('throws the last error after the last attempt', async () => {
  const { outcome, clock, calls } = failing(9);
  await expect(outcome).rejects.toThrow('broken 3');
  expect([calls(), clock.slept]).toEqual([3, [50, 100]]);
});

test('adds the wait that `decide` returns', async () => {
  const { outcome, clock } = failing(1, { decide: () => 7000 });
  await outcome;
  expect(clock.slept).toEqual([7050]);
});

test('throws at once when `decide` returns false, also without a network', async () => {
  for (const isOnline of [true, false]) {
    const network: Network = { isOnline: () => isOnline, online: () => Promise.resolve() };
    const { outcome, calls } = failing(9, { decide: () => false, network });
    await expect(outcome).rejects.toThrow('broken 1');
    expect(calls()).toBe(1);
  }
});

test('failures without a network use up no attempts', async () => {
  let offline = 4;
  const network: Network = {
    isOnline: () => offline <= 0,
    online: () => Promise.resolve(void (offline -= 1)),
  };
  const { outcome, clock, calls } = failing(6, { network });
  expect([await outcome, calls(), clock.slept]).toEqual(['done', 7, [50, 100]]);
});

describe('an abort', () => {
  const reason = new Error('changed my mind');

  test('beforehand runs nothing', async () => {
    const { outcome, calls } = failing(0, { signal: AbortSignal.abort(reason) });
    await expect(outcome).rejects.toBe(reason);
    expect(calls()).toBe(0);
  });

  test('during the action throws its reason, without calling `decide`', async () => {
    const controller = new AbortController();
    const decide = vi.fn<() => false>(() => false);
    const { outcome } = failing(9, { signal: controller.signal, decide });
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    expect(decide).not.toHaveBeenCalled();
  });

  test('during `decide` throws its reason', async () => {
    const controller = new AbortController();
    const decide = () => {
      controller.abort(reason);
      return 0;
    };
    const { outcome, calls } = failing(9, { signal: controller.signal, decide });
    await expect(outcome).rejects.toBe(reason);
    expect(calls()).toBe(1);
  });

  test('while waiting for the network throws its reason', async () => {
    const controller = new AbortController();
    const online: Network['online'] = (signal) => {
      controller.abort(reason);
      return signal?.aborted ? Promise.reject(signal.reason as Error) : new Promise(() => undefined);
    };
    const { outcome } = failing(9, { signal: controller.signal, network: { isOnline: () => false, online } });
    await expect(outcome).rejects.toBe(reason);
  });
});
