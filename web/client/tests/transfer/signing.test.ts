// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type ChunkWanted, UploadApi } from '../../api/api';
import { SigningWindow, type SigningOptions } from '../../transfer/signing';
import type { SignedChunk } from '../../api/types';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const signed = (chunk_index: number, url: string, seconds = 3600): SignedChunk => ({
  chunk_index,
  part_number: chunk_index + 1,
  method: 'PUT',
  url,
  headers: {},
  expires_at: new Date(NOW + seconds * 1000).toISOString(),
});

let calls: ChunkWanted[][];
let sign: (chunks: ChunkWanted[]) => Promise<SignedChunk[]>;
beforeEach(() => {
  calls = [];
  sign = (chunks) =>
    Promise.resolve(chunks.map(({ chunk_index }) => signed(chunk_index, `url ${calls.length}`)));
});

/** A window over the chunks 0 … total-1. */
function windowOf(
  total: number,
  options: Partial<SigningOptions> = {},
  first: SignedChunk[] = [],
): SigningWindow {
  const api = Object.create(UploadApi.prototype) as UploadApi;
  vi.spyOn(api, 'signChunks').mockImplementation(async (upload_id, chunks) => {
    calls.push(chunks);
    return { upload_id, chunk_index: 0, chunks: await sign(chunks) };
  });
  const order = Array.from({ length: total }, (_, index) => index);
  const describe = (chunk_index: number) => ({ chunk_index, chunk_size: 10 });
  return new SigningWindow(
    { api, uploadId: 'u', order, window: 4, describe, serverNow: () => NOW, ...options },
    first,
  );
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const indexes = () => calls.map((chunks) => chunks.map(({ chunk_index }) => chunk_index));
const described = (chunk_index: number) =>
  Promise.resolve({ chunk_index, chunk_size: 10, checksum: `sum ${chunk_index}` });

describe('the window of signed chunks', () => {
  test('signs one window at first, and the next before the first is used up', async () => {
    const window = windowOf(10);
    expect(await window.take(0)).toEqual(signed(0, 'url 1'));
    expect(indexes()).toEqual([[0, 1, 2, 3]]);
    await window.take(1);
    await settled();
    expect(indexes()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    for (const chunkIndex of [2, 3, 4, 5]) await window.take(chunkIndex);
    await settled();
    expect(indexes()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  test('returns each URL once: a retry gets a new one, signed alone', async () => {
    const window = windowOf(3);
    const urls = [await window.take(1), await window.take(1)].map(({ url }) => url);
    expect(urls).toEqual(['url 1', 'url 2']);
    expect(indexes()).toEqual([[0, 1, 2], [1]]);
  });

  test('starts with the chunks that init signed', async () => {
    const window = windowOf(3, {}, [signed(0, 'first'), signed(1, 'first')]);
    expect((await window.take(0)).url).toBe('first');
    await settled();
    expect(indexes()).toEqual([[2]]);
    expect([(await window.take(1)).url, (await window.take(2)).url]).toEqual(['first', 'url 1']);
  });

  test('does not sign a chunk twice while its batch is pending', async () => {
    const window = windowOf(3);
    const taken = await Promise.all([0, 1, 2].map((chunkIndex) => window.take(chunkIndex)));
    expect(taken.map(({ chunk_index }) => chunk_index)).toEqual([0, 1, 2]);
    expect(indexes()).toEqual([[0, 1, 2]]);
  });

  test.each([
    ['in less than 5 s is signed again', 4.999, 'url 1'],
    ['later is used', 5, 'first'],
  ])('a URL that expires %s', async (_, seconds, url) => {
    const window = windowOf(1, {}, [signed(0, 'first', seconds)]);
    expect((await window.take(0)).url).toBe(url);
  });

  test("uses the server's time", async () => {
    const window = windowOf(1, { serverNow: () => NOW + 3_596_000 }, [signed(0, 'first')]);
    expect((await window.take(0)).url).toBe('url 1');
  });

  test('signs each chunk alone after a failed batch', async () => {
    const usual = sign;
    sign = () => Promise.reject(new Error('busy'));
    const window = windowOf(3);
    const failed = window.take(0);
    await expect(failed).rejects.toThrow('busy');
    sign = usual;
    expect((await window.take(1)).chunk_index).toBe(1);
    expect(indexes()).toEqual([[0, 1, 2], [0], [1]]);
  });

  test('throws when the answer lacks the chunk', async () => {
    sign = () => Promise.resolve([]);
    await expect(windowOf(1).take(0)).rejects.toThrow('The service signed no chunk 0.');
  });
});

describe('chunks with checksums', () => {
  test('are described one by one, and signed in batches', async () => {
    const window = windowOf(6, { describe: described });
    const taken = await Promise.all([0, 1, 2, 3, 4, 5].map((chunkIndex) => window.take(chunkIndex)));
    expect(taken.map(({ chunk_index }) => chunk_index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(calls.flat().map(({ checksum }) => checksum)).toEqual(
      [0, 1, 2, 3, 4, 5].map((index) => `sum ${index}`),
    );
    expect(calls.length).toBeLessThan(6);
  });

  test('are described at most one window in advance', async () => {
    const asked: number[] = [];
    const describe = (chunkIndex: number) => {
      asked.push(chunkIndex);
      return described(chunkIndex);
    };
    const window = windowOf(20, { describe });
    await window.take(0);
    await settled();
    expect(asked.length).toBeLessThanOrEqual(9);
  });

  test('an unreadable file fails only the call of its chunk', async () => {
    const describe = (chunkIndex: number) =>
      chunkIndex === 1 ? Promise.reject(new Error('unreadable')) : described(chunkIndex);
    const window = windowOf(3, { describe });
    const outcomes = await Promise.allSettled([0, 1, 2].map((chunkIndex) => window.take(chunkIndex)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { message: 'unreadable' } });
  });

  test('an abort ends reading', async () => {
    const controller = new AbortController();
    const asked: number[] = [];
    const describe = (chunkIndex: number) => {
      asked.push(chunkIndex);
      controller.abort();
      return described(chunkIndex);
    };
    const window = windowOf(5, { describe, signal: controller.signal });
    window.take(0).catch(() => undefined);
    await settled();
    expect(asked[0]).toBe(0);
    expect(asked).not.toContain(4);
  });
});
