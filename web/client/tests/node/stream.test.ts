// @vitest-environment node
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { hashOf } from '../../hash/hash';
import { NodeUploader, type StreamOptions } from '../../node/index';
import type { ByteStream } from '../../node/part-reader';
import type { Progress } from '../../transfer/progress';
import { ABORT, COMPLETE, FakeService, INIT, numbered, onlineNetwork, refusal, SIGN } from '../fakes';
import { soon } from '../soon';

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

function upload(stream: ByteStream, options: StreamOptions = {}, checksum: 'CRC32' | null = null) {
  const { fetch, transport, clock } = service;
  const tools = { random: () => 0.5, network: onlineNetwork, hasher: hashOf };
  const uploader = new NodeUploader({ endpoint: '', fetch, transport, clock, checksum, ...tools });
  return uploader.uploadStream(stream, { filename: 'log.txt', ...options });
}

const text = (size: number) => numbered(size).text();
/** Pieces that end at other places than parts. */
const inPieces = async (size: number) => Readable.from((await text(size)).match(/.{1,7}/g) ?? []);

describe.each([
  ['of an unknown size', false],
  ['of a known size', true],
])('a stream %s', (_, isKnown) => {
  test.each([0, 1, 9, 10, 11, 20, 35])('of %i bytes', async (size) => {
    const progress: Progress[] = [];
    const options = { ...(isKnown && { size }), onProgress: (event: Progress) => progress.push(event) };
    const file = await upload(await inPieces(size), options).done;
    const total_chunks = Math.max(1, Math.ceil(size / 10));

    expect(file.virus_scan_status).toBe('clean');
    expect(await service.content()).toBe(await text(size));
    expect([...service.stored.values()].slice(0, -1).every((part) => part.size === 10)).toBe(true);
    expect(service.bodies(INIT)).toEqual([
      { filename: 'log.txt', content_type: 'application/octet-stream', ...(isKnown && { size }) },
    ]);
    expect(service.bodies(COMPLETE)).toMatchObject([{ total_chunks, total_size: size, filename: 'log.txt' }]);
    expect(progress.at(-1)).toMatchObject({ sent: size, size, secondsLeft: 0 });
    expect(progress.every(({ secondsLeft }) => secondsLeft !== Infinity)).toBe(true);
  });
});

test.each([
  ['a web stream', () => numbered(25).stream()],
  [
    'a generator of bytes',
    () =>
      (async function* () {
        yield new Uint8Array(await numbered(25).slice(0, 3).arrayBuffer());
        yield new Uint8Array(await numbered(25).slice(3).arrayBuffer());
      })(),
  ],
])('%s', async (_, stream) => {
  await upload(stream()).done;
  expect(await service.content()).toBe(await text(25));
});

test('parts have checksums, and are sent again after a failure', async () => {
  service.failPuts(2, 1);
  await upload(await inPieces(25), {}, 'CRC32').done;
  const signed = service.bodies(SIGN).flatMap((body) => (body as { chunks: { checksum: string }[] }).chunks);
  const sums = [0, 1, 2].map((n) => hashOf(numbered(25).slice(n * 10, n * 10 + 10), 'CRC32'));
  expect(new Set(signed.map(({ checksum }) => checksum))).toEqual(new Set(await Promise.all(sums)));
  expect(service.puts.filter((index) => index === 1)).toHaveLength(3);
  expect(await service.content()).toBe(await text(25));
});

test('only as many parts are read as there are connections', async () => {
  let read = 0;
  const endless = (async function* () {
    for (; ; read += 1) yield new Uint8Array(await numbered(10).arrayBuffer());
  })();
  service.onPut = ({ signal }) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
  const stalled = upload(endless, { chunkSize: 10 });
  await soon(() => expect(service.puts.length).toBeGreaterThan(2));
  expect(read).toBeLessThanOrEqual(6);
  stalled.abort();
  await expect(stalled.done).rejects.toMatchObject({ name: 'AbortError' });
});

describe('the upload is aborted at the service', () => {
  const aborted = () => soon(() => expect(service.calls()).toContain(ABORT));

  test.each([
    ['less', 34],
    ['more', 36],
    ['a part less', 20],
    ['a part more', 40],
  ])('when the stream has %s bytes than its size', async (_, real) => {
    const failed = upload(await inPieces(real), { size: real === 20 || real === 40 ? 30 : 35 });
    await expect(failed.done).rejects.toMatchObject({ code: 'stream_length' });
    await aborted();
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('when the stream fails', async () => {
    const broken = (async function* () {
      yield 'some text';
      await Promise.resolve();
      throw new Error('the source broke');
    })();
    await expect(upload(broken).done).rejects.toThrow('the source broke');
    await aborted();
  });

  test('when it is aborted, and the source ends', async () => {
    const stalled = new Readable({ read: () => undefined });
    const running = upload(stalled);
    await soon(() => expect(running.stage).toBe('uploading'));
    await soon(() => expect(service.calls()).toContain(INIT));
    await new Promise((resolve) => setImmediate(resolve));
    running.abort();
    await expect(running.done).rejects.toMatchObject({ name: 'AbortError' });
    await aborted();
    expect(stalled.destroyed).toBe(true);
  });

  test('when storage lost a part, which is not in memory any more', async () => {
    service.answerOnce(COMPLETE, () => refusal(409, 'chunks_missing', { missing: [0] }));
    await expect(upload(await inPieces(25)).done).rejects.toMatchObject({ code: 'chunks_missing' });
    await aborted();
  });
});

test('a complete that storage refuses for a moment is repeated', async () => {
  service.answerOnce(COMPLETE, () => refusal(409, 'size_mismatch'));
  await upload(await inPieces(25)).done;
  expect(service.bodies(COMPLETE)).toHaveLength(2);
});

test('an infected stream is rejected on request', async () => {
  service.verdict = 'infected';
  const infected = upload(await inPieces(5), { rejectInfected: true });
  await expect(infected.done).rejects.toMatchObject({ code: 'file_infected' });
});

test('the options of a NodeUploader can be replaced', () => {
  const memory = { all: vi.fn(() => Promise.resolve([])), remember: vi.fn(), forget: vi.fn() };
  void new NodeUploader({ endpoint: '', memory }).unfinished();
  return soon(() => expect(memory.all).toHaveBeenCalled());
});
