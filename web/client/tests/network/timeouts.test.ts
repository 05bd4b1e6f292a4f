// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { abortable, optionalHelper, withTimeout } from '../../network/timeouts';

const reason = new Error('changed my mind');
const never = () => new Promise<never>(() => undefined);

describe('abortable()', () => {
  test('settles like the promise', async () => {
    const { signal } = new AbortController();
    await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(abortable(Promise.reject(reason), signal)).rejects.toBe(reason);
  });

  test('rejects after an abort', async () => {
    await expect(abortable(never(), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('withTimeout()', () => {
  test('aborts the work and throws a TimeoutError', async () => {
    vi.useFakeTimers();
    let given: AbortSignal | undefined;
    const outcome = withTimeout(1000, (signal) => {
      given = signal;
      return never();
    });
    const expected = expect(outcome).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'There was no answer in time.',
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(given?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await expected;
    expect(given?.aborted).toBe(true);
  });

  test('leaves no timer', async () => {
    vi.useFakeTimers();
    await expect(withTimeout(1000, () => Promise.resolve(1))).resolves.toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('starts nothing after an abort', async () => {
    const work = vi.fn(never);
    await expect(withTimeout(1000, work, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });

  test('can be aborted', async () => {
    const controller = new AbortController();
    const outcome = withTimeout(1000, never, controller.signal);
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
  });
});

describe('optionalHelper()', () => {
  test('returns the answer, or the fallback after a failure', async () => {
    const ask = optionalHelper();
    expect(await ask(() => Promise.resolve(1), 0)).toBe(1);
    expect(await ask(() => Promise.reject(reason), 0)).toBe(0);
    expect(
      await ask(() => {
        throw reason;
      }, 0),
    ).toBe(0);
    expect(await ask(() => Promise.resolve(1), 0)).toBe(1);
  });

  test('does not wait again after a timeout, until the helper answers', async () => {
    vi.useFakeTimers();
    const ask = optionalHelper();
    let answer: (value: number) => void = () => undefined;
    const first = ask(() => new Promise<number>((resolve) => (answer = resolve)), 0);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(await first).toBe(0);
    expect(await ask(never, 0)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    answer(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(await ask(() => Promise.resolve(2), 0)).toBe(2);
  });

  test('a TimeoutError of the helper itself is a failure', async () => {
    const ask = optionalHelper();
    await ask(() => Promise.reject(new DOMException('aborted', 'AbortError')), 0);
    expect(await ask(() => Promise.resolve(1), 0)).toBe(1);
  });
});
