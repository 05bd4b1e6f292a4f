// @vitest-environment node
import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UploadApi } from '../api/api';
import { systemClock } from '../network/clock';
import { ApiError, UnreachableError } from '../api/errors';
import { PauseControl } from '../upload/pause';
import { abortable, optionalHelper, withTimeout } from '../network/timeouts';
import { browserNetwork } from '../network/network';
import { browserIsReachable, OriginRefusalDetector } from '../network/reachability';
import { runPool } from '../transfer/pool';
import { Slots } from '../transfer/slots';
import type { FileRecord, Stage } from '../api/types';
import { Upload } from '../upload/upload';
import { awaitVerdict } from '../api/verdict';
import { FakeClock } from './fakes';

const reason = new Error('changed my mind');
const never = () => new Promise<never>(() => undefined);
const settled = () => new Promise((resolve) => setTimeout(resolve));

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

describe('the network', () => {
  test('waiting for it can be aborted', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    vi.stubGlobal('addEventListener', vi.fn());
    const controller = new AbortController();
    const back = browserNetwork.online(controller.signal);
    controller.abort(reason);
    await expect(back).rejects.toBe(reason);
  });
});

describe('reachability', () => {
  test('is checked without cookies, cache and CORS', async () => {
    const fetch = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(() =>
      Promise.resolve(new Response()),
    );
    vi.stubGlobal('fetch', fetch);
    expect(await browserIsReachable('https://storage.test')).toBe(true);
    expect(fetch.mock.calls).toEqual([
      [
        'https://storage.test',
        {
          mode: 'no-cors',
          cache: 'no-store',
          credentials: 'omit',
          redirect: 'manual',
          signal: expect.any(AbortSignal) as AbortSignal,
        },
      ],
    ]);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    expect(await browserIsReachable('https://storage.test')).toBe(false);
  });

  /** Counts failures at these URLs, with these answers of the reachability check. */
  async function proven(urls: (string | null)[], answers: boolean[]): Promise<boolean[]> {
    const detector = new OriginRefusalDetector(() => Promise.resolve(answers.shift() ?? false));
    const found: boolean[] = [];
    for (const url of urls) found.push(await detector.isRefused(url));
    return found;
  }
  const U = 'https://storage.test';

  test.each([
    [
      'is proven by four failures in a row and two answers',
      [U, U, U, U],
      [true, true],
      [false, false, false, true],
    ],
    ['is not while it does not answer', [U, U, U, U], [true, false], [false, false, false, false]],
    [
      'begins again after it did not answer',
      [U, U, U, U, U],
      [true, false, true],
      [false, false, false, false, false],
    ],
    [
      'begins again after a failure of another kind',
      [U, U, null, U, U],
      [true, true],
      [false, false, false, false, false],
    ],
  ])('%s', async (_, urls, answers, expected) => {
    expect(await proven(urls, answers)).toEqual(expected);
  });
});

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

describe('an upload', () => {
  const stalled = (signal?: AbortSignal) => {
    const upload = new Upload(never, signal);
    const seen: unknown[] = [];
    upload.on('stage', (stage) => seen.push(stage));
    return { upload, seen };
  };

  test('a failure causes no unhandled rejection where only its events are used', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    new Upload(() => Promise.reject(reason));
    await settled();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('emits each stage once, and none while paused', () => {
    const { upload, seen } = stalled();
    upload.setStage('uploading');
    upload.setStage('uploading');
    upload.pause();
    upload.pause();
    upload.setStage('offline');
    upload.resume();
    upload.resume();
    expect([seen, upload.stage]).toEqual([['uploading', 'paused', 'offline'], 'offline']);
  });

  test.each([
    ['waiting', true],
    ['uploading', true],
    ['comparing', true],
    ['completing', false],
    ['ready', false],
  ] as const)('that is %s can be paused: %s', (stage, isPaused) => {
    const { upload } = stalled();
    upload.setStage(stage);
    upload.pause();
    expect(upload.paused).toBe(isPaused);
  });

  test.each([
    ['uploading', true],
    ['comparing', true],
    ['completing', false],
  ] as const)('that waits for a retry while %s can be paused: %s', (stage, isPaused) => {
    const { upload, seen } = stalled();
    upload.setStage(stage);
    upload.interrupt('retrying');
    upload.interrupt('offline');
    upload.pause();
    expect(upload.paused).toBe(isPaused);
    upload.recover();
    upload.recover();
    upload.resume();
    const during = isPaused ? ['paused'] : [];
    expect(seen).toEqual([stage, 'retrying', 'offline', ...during, stage]);
  });

  test('is not interrupted before its turn, once it is stored or aborted', () => {
    const [early, late, aborted] = [stalled(), stalled(), stalled()];
    late.upload.setStage('scanning');
    aborted.upload.setStage('uploading');
    aborted.upload.abort();
    for (const { upload } of [early, late, aborted]) upload.interrupt('retrying');
    expect([early.seen, late.seen, aborted.seen]).toEqual([[], ['scanning'], ['uploading']]);
  });

  test('a new stage ends the interruption', () => {
    const { upload } = stalled();
    upload.setStage('uploading');
    upload.interrupt('retrying');
    upload.setStage('completing');
    expect(upload.isInterrupted).toBe(false);
    upload.recover();
    expect(upload.stage).toBe('completing');
  });

  test('is aborted by abort() or by its signal, with the reason', () => {
    const controller = new AbortController();
    const [own, given] = [stalled().upload, stalled(controller.signal).upload];
    own.abort();
    controller.abort(reason);
    expect(own.signal.reason).toMatchObject({ name: 'AbortError', message: 'The upload was aborted.' });
    expect(given.signal.reason).toBe(reason);
  });

  test('calls all listeners until they are removed', () => {
    const { upload, seen } = stalled();
    const end = upload.on('stage', (stage) => seen.push(`also ${stage}`));
    upload.setStage('uploading');
    end();
    upload.setStage('completing');
    expect(seen).toEqual(['uploading', 'also uploading', 'completing']);
  });
});

describe('awaitVerdict()', () => {
  /** Waits for the verdict while the service returns these answers. */
  async function asked(answers: (Stage | Error)[], signal?: AbortSignal) {
    const api = Object.create(UploadApi.prototype) as UploadApi;
    const clock = new FakeClock();
    const stages: Stage[] = [];
    const status = vi.spyOn(api, 'status').mockImplementation(() => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ stage: answer } as never);
    });
    vi.spyOn(api, 'get').mockImplementation((id) => Promise.resolve({ id } as FileRecord));
    const options = { api, clock, credential: { pin: '1' }, onStage: (stage: Stage) => stages.push(stage) };
    const file = await awaitVerdict('f', signal ? { ...options, signal } : options);
    return {
      file,
      stages,
      slept: clock.slept,
      credentials: status.mock.calls.map(([, credential]) => credential),
    };
  }

  test.each(['ready', 'quarantined', 'scan_failed', 'aborted', 'expired'] as const)(
    'is there once it is %s',
    async (stage) => {
      const { file, stages, slept, credentials } = await asked([stage]);
      expect([file, stages, slept, credentials]).toEqual([{ id: 'f' }, [stage], [], [{ pin: '1' }]]);
    },
  );

  test.each([
    ['clean', 'ready', false],
    ['infected', 'quarantined', true],
  ] as const)('without permission to read, a %s file has no link', async (verdict, stage, is_quarantined) => {
    const api = Object.create(UploadApi.prototype) as UploadApi;
    const stored = { id: 'f', download_url: null, virus_scan_status: 'pending' } as FileRecord;
    vi.spyOn(api, 'status').mockResolvedValue({ stage, virus_scan_status: verdict } as never);
    const refusal = { code: 'grant_refused', message: 'No.', errors: [], missing: [] };
    vi.spyOn(api, 'get').mockRejectedValue(new ApiError(403, refusal));
    const options = { api, clock: new FakeClock() };
    const file = await awaitVerdict('f', { ...options, stored });
    expect(file).toEqual({ ...stored, virus_scan_status: verdict, is_quarantined });
    await expect(awaitVerdict('f', options)).rejects.toThrow('No.');
  });

  test.each(['queued', 'scanning', 'completing', 'uploading'] as const)(
    'is open while it is %s',
    async (stage) => {
      expect((await asked([stage, 'ready'])).slept).toEqual([400]);
    },
  );

  test('polls at growing intervals', async () => {
    const { slept } = await asked([...Array<Stage>(10).fill('scanning'), 'ready']);
    expect(slept.map(Math.round)).toEqual([400, 560, 784, 1098, 1537, 2151, 3012, 4217, 5000, 5000]);
  });

  test('polls less often for each of many files, and as usual after they ended', async () => {
    const many = await Promise.all(Array.from({ length: 100 }, () => asked(['scanning', 'ready'])));
    const pauses = many.flatMap(({ slept }) => slept).sort((one, other) => one - other);
    expect(pauses).toEqual(Array.from({ length: 100 }, (_, others) => 400 + 20 * others));
    expect((await asked(['scanning', 'ready'])).slept).toEqual([400]);
  });

  test('polls again when the service is unreachable, and not when it refuses', async () => {
    expect((await asked([new UnreachableError(), 'ready'])).slept).toEqual([400]);
    const refused = new ApiError(403, { code: 'forbidden', message: '', errors: [], missing: [] });
    await expect(asked([refused])).rejects.toBe(refused);
  });

  test('rejects after an abort', async () => {
    await expect(asked(['scanning'], AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(asked([new Error('other')], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
