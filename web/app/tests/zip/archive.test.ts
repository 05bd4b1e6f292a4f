import { expect, test } from 'vitest';
import { archiveLength, archiveStream } from '../../zip/archive';
import type { Source } from '../../zip/entry';
import type { ZipEntry } from '../../zip/messages';

const LARGE = 1_200_000;

const NO_SUCH_KEY = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>';

/** Storage in memory: `breaks` is after how many bytes each answer breaks off. */
class FakeStorage {
  readonly requests: [number, string | null][] = [];
  links = 0;
  breaks: number[] = [];
  status = 200;
  readonly controller = new AbortController();

  constructor(readonly bodies: Uint8Array<ArrayBuffer>[]) {}

  readonly source: Source = {
    linkTo: (index) => {
      this.links += 1;
      return Promise.resolve(this.bodies[index] ? `https://storage.test/${index}` : null);
    },
    fetch: async (url, { headers, signal }) => {
      await Promise.resolve();
      signal?.throwIfAborted();
      const index = Number(url.split('/').at(-1));
      const range = new Headers(headers).get('Range');
      this.requests.push([index, range]);
      const body = this.bodies[index]?.subarray(Number(/\d+/.exec(range ?? '0')?.[0])) ?? new Uint8Array();
      const end = this.breaks.shift();
      const status = this.status === 200 && range ? 206 : this.status;
      return new Response(end === undefined ? body : broken(body.subarray(0, end)), { status });
    },
    sleep: () => Promise.resolve(),
    signal: this.controller.signal,
  };

  /** Answers every request with a status and a text. */
  refuse(status: number, text: string): void {
    this.status = status;
    this.bodies.fill(new TextEncoder().encode(text));
  }

  entries(): ZipEntry[] {
    return this.bodies.map((body, index) => ({ name: `${index}.bin`, size: body.length, modified: 1.8e12 }));
  }

  async archive(entries = this.entries()): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    // not by a Response: that of the tests' browser changes errors
    const reader = archiveStream(entries, this.source, () => undefined).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) pieces.push(read.value);
    return new Uint8Array(Buffer.concat(pieces));
  }
}

/** An answer that fails after these bytes. */
function broken(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream({
    pull: (stream) => {
      if (isSent) stream.error(new TypeError('network error'));
      else stream.enqueue(bytes);
      isSent = true;
    },
  });
}

const bytes = (size: number, fill = 7) => new Uint8Array(size).fill(fill);
const contains = (archive: Uint8Array, part: Uint8Array) => Buffer.from(archive).includes(Buffer.from(part));

test('the archive has all files, and the predicted length', async () => {
  const storage = new FakeStorage([bytes(3), bytes(0), bytes(LARGE, 9)]);
  const archive = await storage.archive();
  expect(BigInt(archive.length)).toBe(archiveLength(storage.entries()));
  expect(contains(archive, bytes(LARGE, 9))).toBe(true);
  expect(storage.requests).toEqual([
    [0, null],
    [2, null],
  ]);
});

test('more than 4 GiB need ZIP64, which the length includes', () => {
  const entry = (name: string, size: number) => ({ name, size, modified: 0 });
  const small = archiveLength([entry('a', 1), entry('b', 1)]);
  const large = archiveLength([entry('a', 5_000_000_000), entry('b', 1)]);
  expect(large - small - 4_999_999_999n).toBeGreaterThan(76n);
});

test('a download that breaks off continues with a fresh link', async () => {
  const storage = new FakeStorage([bytes(LARGE)]);
  storage.breaks = [1000, 500];
  expect(contains(await storage.archive(), bytes(LARGE))).toBe(true);
  expect(storage.requests.map(([, range]) => range)).toEqual([null, 'bytes=1000-', 'bytes=1500-']);
  expect(storage.links).toBe(3);
});

test('a small file that could not be read in advance is read at its turn', async () => {
  const storage = new FakeStorage([bytes(1000)]);
  storage.breaks = [10];
  expect(contains(await storage.archive(), bytes(1000))).toBe(true);
});

test.each([
  ['is gone', 'gone', (storage: FakeStorage) => storage.bodies.splice(1, 1)],
  ['stays unreachable', 'unreachable', (storage: FakeStorage) => storage.refuse(503, 'busy')],
  ['is missing in storage', 'gone', (storage: FakeStorage) => storage.refuse(404, NO_SUCH_KEY)],
  [
    'is behind a proxy that answers 404',
    'unreachable',
    (storage: FakeStorage) => storage.refuse(404, '<h1>404</h1>'),
  ],
  ['has grown', 'changed', (storage: FakeStorage) => (storage.bodies[1] = bytes(LARGE + 1))],
])('a file that %s ends the archive', async (_, why, change) => {
  const storage = new FakeStorage([bytes(0), bytes(LARGE)]);
  const entries = storage.entries();
  change(storage);
  await expect(storage.archive(entries)).rejects.toMatchObject({ index: 1, why });
});

test('the files of a stopped archive are not read further', async () => {
  const storage = new FakeStorage([bytes(LARGE), bytes(LARGE)]);
  storage.controller.abort(new Error('stopped'));
  await expect(storage.archive()).rejects.toThrow('stopped');
  expect(storage.requests).toEqual([]);
});
