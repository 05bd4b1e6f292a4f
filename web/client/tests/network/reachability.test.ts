// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { browserNetwork } from '../../network/network';
import { OriginRefusalDetector, browserIsReachable } from '../../network/reachability';

const reason = new Error('changed my mind');

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
