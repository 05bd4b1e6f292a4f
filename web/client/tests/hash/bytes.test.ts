// @vitest-environment node
import { expect, test, vi } from 'vitest';
import { withBytes } from '../../hash/bytes';
import { numbered, unreadable } from '../fakes';

const SIZES = [0, 1, 65_536, 200_000, 70_000, 200_001];
const read = (blob: Blob) => withBytes(blob, (bytes) => new TextDecoder().decode(bytes));
const text = (blob: Blob) => blob.text();

test('blobs of growing and shrinking sizes, one after another', async () => {
  for (const size of SIZES) expect(await read(numbered(size))).toEqual(await numbered(size).text());
});

test('blobs at the same time do not share a buffer', async () => {
  await read(numbered(200_000));
  const blobs = SIZES.map(numbered);
  expect(await Promise.all(blobs.map(read))).toEqual(await Promise.all(blobs.map(text)));
});

test('a buffer is used again for the next blob that fits', async () => {
  const buffers = [await withBytes(numbered(300_000), (bytes) => bytes.buffer)];
  for (const size of [300_000, 1_000]) {
    buffers.push(await withBytes(numbered(size), (bytes) => bytes.buffer));
    expect(buffers.at(-2)?.byteLength).toBe(0); // its memory went to the next one
    expect(buffers.at(-1)?.byteLength).toBe(300_000);
  }
});

test('a browser whose streams do not fill buffers', async () => {
  const blob = numbered(1_000);
  vi.spyOn(blob, 'stream').mockReturnValue(new ReadableStream());
  expect(await read(blob)).toEqual(await numbered(1_000).text());
});

test('an unreadable blob is rejected', async () => {
  await expect(read(unreadable())).rejects.toMatchObject({ name: 'NotReadableError' });
});

test('a blob that ends before its size is rejected', async () => {
  const blob = numbered(1_000);
  vi.spyOn(blob, 'stream').mockReturnValue(numbered(9).stream());
  await expect(read(blob)).rejects.toThrow('too short');
});
