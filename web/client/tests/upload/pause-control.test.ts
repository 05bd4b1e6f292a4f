// @vitest-environment node
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PauseControl } from '../../upload/pause';

const reason = new Error('changed my mind');

describe('PauseControl', () => {
  const GRACE = 30_000;
  afterEach(() => vi.useRealTimers());

  test('aborts the stop signal after 30 s with the reason', async () => {
    vi.useFakeTimers();
    const pauseControl = new PauseControl();
    const { pauseSignal, stopSignal } = pauseControl;
    expect([pauseSignal.aborted, stopSignal.aborted]).toEqual([false, false]);
    pauseControl.pause();
    expect(pauseSignal.reason).toMatchObject({ name: 'AbortError', message: 'The upload is paused.' });
    await vi.advanceTimersByTimeAsync(GRACE - 1);
    expect(stopSignal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(stopSignal.reason).toBe(pauseSignal.reason);
  });

  test('does not abort the stop signal when resumed in time', async () => {
    vi.useFakeTimers();
    const pauseControl = new PauseControl();
    const { stopSignal } = pauseControl;
    pauseControl.pause();
    pauseControl.resume();
    await vi.advanceTimersByTimeAsync(GRACE);
    expect([stopSignal.aborted, pauseControl.stopSignal]).toEqual([false, stopSignal]);
  });

  test('has new signals when resumed later', async () => {
    vi.useFakeTimers();
    const pauseControl = new PauseControl();
    pauseControl.pause();
    await vi.advanceTimersByTimeAsync(GRACE);
    pauseControl.resume();
    expect([pauseControl.pauseSignal.aborted, pauseControl.stopSignal.aborted]).toEqual([false, false]);
  });

  test('ignores resume() while it is not paused', () => {
    const pauseControl = new PauseControl();
    const { pauseSignal } = pauseControl;
    pauseControl.resume();
    expect(pauseControl.pauseSignal).toBe(pauseSignal);
  });

  test('releases all waiting calls after two pauses', async () => {
    const pauseControl = new PauseControl();
    const { signal } = new AbortController();
    pauseControl.pause();
    const first = pauseControl.whenResumed(signal);
    pauseControl.pause();
    const second = pauseControl.whenResumed(signal);
    pauseControl.resume();
    await expect(Promise.all([first, second])).resolves.toBeDefined();
  });

  test('whenResumed() rejects after an abort', async () => {
    await expect(new PauseControl().whenResumed(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
