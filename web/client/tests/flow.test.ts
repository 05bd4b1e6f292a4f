// @vitest-environment node
import 'fake-indexeddb/auto';
import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { PauseControl } from '../upload/pause';
import { indexedDbMemory, noMemory, optionalMemory, type RememberedUpload } from '../memory/memory';
import { browserNetwork } from '../network/network';
import { Slots } from '../transfer/slots';
import { Throttle } from '../network/throttle';
import { Tuner } from '../network/tuner';
import { FakeClock } from './fakes';

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('slots', () => {
  test('first come, first served; a slot is released once', async () => {
    const slots = new Slots(() => 1);
    const order: number[] = [];
    const turns = [1, 2, 3].map(async (number) => {
      const leave = await slots.take();
      order.push(number);
      return leave;
    });
    (await turns[0])?.();
    const leave = await turns[1];
    await settled();
    expect(order).toEqual([1, 2]);
    leave?.();
    leave?.();
    await turns[2];
    expect(order).toEqual([1, 2, 3]);
  });

  test('a higher limit admits more', async () => {
    let limit = 1;
    const slots = new Slots(() => limit);
    const leave = await slots.take();
    const entered: number[] = [];
    for (const number of [1, 2, 3]) void slots.take().then(() => entered.push(number));
    limit = 2;
    leave();
    await settled();
    expect(entered).toEqual([1, 2]);
  });

  test('an abort while waiting takes no slot', async () => {
    const slots = new Slots(() => 1);
    const leave = await slots.take();
    const controller = new AbortController();
    const gaveUp = slots.take(controller.signal);
    const next = slots.take();
    controller.abort(new Error('changed my mind'));
    await expect(gaveUp).rejects.toThrow('changed my mind');
    leave();
    await expect(next).resolves.toBeTypeOf('function');
  });
});

describe('the number of parallel parts', () => {
  /** Runs rounds of parts whose rate depends on their number; returns the numbers tried. */
  async function tried(rate: (connections: number) => number, rounds: number): Promise<number[]> {
    const clock = new FakeClock();
    const tuner = new Tuner(clock);
    const limits: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const parts = tuner.limit;
      limits.push(parts);
      await clock.sleep((parts * 1000) / rate(parts));
      for (let part = 0; part < parts; part += 1) tuner.partStored(1000);
    }
    return limits;
  }

  test('rises while that is faster', async () => {
    expect(await tried((connections) => connections, 6)).toEqual([3, 4, 5, 6, 6, 5]);
  });

  test('falls when more are not faster', async () => {
    expect(await tried(() => 10, 6)).toEqual([3, 4, 3, 4, 3, 4]);
    expect(await tried((connections) => 10 - connections, 6)).toEqual([3, 4, 3, 2, 2, 3]);
  });

  test('falls after failures, but not below two', () => {
    const tuner = new Tuner(new FakeClock());
    const limits = [1, 2, 3].map(() => {
      tuner.partFailed();
      return tuner.limit;
    });
    expect(limits).toEqual([2, 2, 2]);
  });
});

describe('the bandwidth limit', () => {
  test('delays parts until the ones before would have been sent', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle(clock, 100);
    for (const bytes of [50, 200, 1]) await throttle.pass(bytes);
    expect(clock.slept).toEqual([500, 2000]);
    throttle.cap = null;
    await throttle.pass(1e9);
    expect(clock.slept).toHaveLength(2);
  });
});

describe('a pause', () => {
  test('aborts the pause signal and delays new work until it ends', async () => {
    const pauseControl = new PauseControl();
    const { signal } = new AbortController();
    await pauseControl.whenResumed(signal);
    const { pauseSignal } = pauseControl;
    pauseControl.pause();
    pauseControl.pause();
    expect([pauseSignal.aborted, pauseControl.paused]).toEqual([true, true]);
    const waiting = pauseControl.whenResumed(signal);
    pauseControl.resume();
    await waiting;
    expect([pauseControl.pauseSignal.aborted, pauseControl.paused]).toEqual([false, false]);
  });

  test('waiting can be aborted', async () => {
    const pauseControl = new PauseControl();
    const controller = new AbortController();
    pauseControl.pause();
    const waiting = pauseControl.whenResumed(controller.signal);
    controller.abort(new Error('changed my mind'));
    await expect(waiting).rejects.toThrow('changed my mind');
  });
});

describe('the network', () => {
  test('is awaited until the browser reports it', async () => {
    const navigator = { onLine: false };
    const page = new EventTarget();
    vi.stubGlobal('navigator', navigator);
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    expect(browserNetwork.isOnline()).toBe(false);
    let isBack = false;
    const back = browserNetwork.online().then(() => (isBack = true));
    await settled();
    expect(isBack).toBe(false);
    navigator.onLine = true;
    page.dispatchEvent(new Event('online'));
    await back;
    expect(getEventListeners(page, 'online')).toEqual([]);
    await expect(browserNetwork.online()).resolves.toBeUndefined();
  });

  test.each([undefined, {}])('is there without a report, as in Node.js: %o', async (navigator) => {
    vi.stubGlobal('navigator', navigator);
    expect(browserNetwork.isOnline()).toBe(true);
    await expect(browserNetwork.online()).resolves.toBeUndefined();
  });
});

describe('memory', () => {
  const upload: RememberedUpload = {
    upload_id: 'u',
    file_id: 'f',
    endpoint: '',
    name: 'ü.txt',
    size: 5,
    last_modified: 7,
    expires_at: '2030-01-01T00:00:00Z',
  };

  test('is kept for the next page', async () => {
    const first = indexedDbMemory('test');
    await first.remember(upload);
    await first.remember({ ...upload, upload_id: 'v' });
    expect(await indexedDbMemory('test').all()).toEqual([upload, { ...upload, upload_id: 'v' }]);
    await first.forget('u');
    expect((await indexedDbMemory('test').all()).map(({ upload_id }) => upload_id)).toEqual(['v']);
  });

  test('without IndexedDB stores nothing and does not fail', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const memory = indexedDbMemory('none');
    await memory.remember(upload);
    await memory.forget('u');
    expect(await memory.all()).toEqual([]);
  });

  test('that the browser closed is opened again', async () => {
    const memory = indexedDbMemory('closed');
    await memory.remember(upload);
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('The database is closing.', 'InvalidStateError');
    });
    expect(await memory.all()).toEqual([]);
    transaction.mockRestore();
    expect(await memory.all()).toEqual([upload]);
  });

  test('of a newer version of the page stores nothing', async () => {
    await new Promise((resolve) => (indexedDB.open('newer', 2).onsuccess = resolve));
    expect(await indexedDbMemory('newer').all()).toEqual([]);
  });

  test('stores the newest entry of an upload', async () => {
    const memory = indexedDbMemory('twice');
    await memory.remember(upload);
    await memory.remember({ ...upload, size: 6 });
    expect(await memory.all()).toEqual([{ ...upload, size: 6 }]);
  });

  test('opens one database', async () => {
    await indexedDbMemory().remember(upload);
    const databases = await indexedDB.databases();
    expect(databases).toContainEqual({ name: 'longshore', version: 1 });
    expect([await indexedDbMemory().all(), await noMemory.all()]).toEqual([[upload], []]);
  });

  test('fails without an error', async () => {
    const fail = () => Promise.reject(new Error('no'));
    const memory = optionalMemory({ all: fail, remember: fail, forget: fail });
    await memory.remember(upload);
    await memory.forget('u');
    expect(await memory.all()).toEqual([]);
  });
});
