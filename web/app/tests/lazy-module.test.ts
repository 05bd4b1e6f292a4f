import { expect, test } from 'vitest';
import { LazyModule, NotLoadedError } from '../../shared/state/lazy-module';

/** A module that is there after so many failures, and the number of fetches. */
function failing(failures: number) {
  let fetches = 0;
  const module = new LazyModule(() => {
    fetches += 1;
    return fetches > failures ? Promise.resolve('code') : Promise.reject(new TypeError('offline'));
  });
  return { module, fetches: () => fetches };
}

test('is fetched once, however many wait for it', async () => {
  const { module, fetches } = failing(0);
  expect(await Promise.all([module.load(), module.wait(), module.load()])).toEqual(['code', 'code', 'code']);
  expect(await module.wait()).toBe('code');
  expect([fetches(), module.get(), module.hasFailed.get()]).toEqual([1, 'code', false]);
});

test('a failure is an error, and the next call tries again', async () => {
  const { module, fetches } = failing(1);
  await expect(module.load()).rejects.toThrow(NotLoadedError);
  expect([module.get(), module.hasFailed.get()]).toEqual([null, true]);
  expect(await module.load()).toBe('code');
  expect([fetches(), module.hasFailed.get()]).toEqual([2, false]);
});

test('a waiting caller gets it from a later try, and starts none', async () => {
  const { module, fetches } = failing(2);
  const waiting = module.wait();
  await expect(module.load()).rejects.toThrow(NotLoadedError);
  await expect(module.load()).rejects.toThrow(NotLoadedError);
  expect(await module.load()).toBe('code');
  expect([await waiting, fetches()]).toEqual(['code', 3]);
});

test('without a way to fetch it there is an error', async () => {
  await expect(new LazyModule().load()).rejects.toThrow(NotLoadedError);
});
