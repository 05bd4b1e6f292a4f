// @vitest-environment node
import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { UnreadableError } from '../../api/errors';
import { hashOf } from '../../hash/hash';
import { workerHasher } from '../../hash/hasher';
import { numbered, unreadable } from '../fakes';
import { soon } from '../soon';

const CHECK = new Blob(['123456789']);

describe('hashes', () => {
  /** The published check values of each algorithm for "123456789". */
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
  ] as const)('%s of the check string', async (algorithm, hexadecimal) => {
    const bytes = Uint8Array.from(atob(await hashOf(CHECK, algorithm)), (letter) => letter.charCodeAt(0));
    expect(Buffer.from(bytes).toString('hex')).toBe(hexadecimal);
  });

  test.each([0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 70_000])('of %i bytes', async (size) => {
    const blob = numbered(size);
    const bytes = Buffer.from(await blob.arrayBuffer());
    expect(await hashOf(blob, 'MD5')).toBe(createHash('md5').update(bytes).digest('hex'));
    expect(await hashOf(blob, 'SHA256')).toBe(createHash('sha256').update(bytes).digest('base64'));
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(zlibCrc32(bytes));
    expect(await hashOf(blob, 'CRC32')).toBe(crc.toString('base64'));
  });
});

describe('the hasher', () => {
  /** A worker: answers messages, or fires an error when its script does not load. */
  class FakeWorker extends EventTarget {
    readonly asked: unknown[] = [];
    postMessage(request: { id: number }): void {
      this.asked.push(request);
    }
    reply(id: number, hash: string | null): void {
      this.dispatchEvent(new MessageEvent('message', { data: { id, hash } }));
    }
  }
  const hasherOf = (worker: FakeWorker) => workerHasher(() => worker as unknown as Worker);

  test('each answer resolves its own call', async () => {
    const worker = new FakeWorker();
    const hasher = hasherOf(worker);
    const answers = Promise.all([hasher(CHECK, 'CRC32'), hasher(numbered(3), 'MD5')]);
    worker.reply(2, 'second');
    worker.reply(1, 'first');
    expect(await answers).toEqual(['first', 'second']);
    expect(worker.asked).toEqual([
      { id: 1, blob: CHECK, algorithm: 'CRC32' },
      { id: 2, blob: numbered(3), algorithm: 'MD5' },
    ]);
  });

  test('an unreadable blob rejects with an UnreadableError', async () => {
    const worker = new FakeWorker();
    const answer = hasherOf(worker)(CHECK, 'CRC32');
    worker.reply(1, null);
    await expect(answer).rejects.toThrow(UnreadableError);
  });

  test('a worker that does not load is replaced by the main thread', async () => {
    const worker = new FakeWorker();
    const hasher = hasherOf(worker);
    const before = hasher(CHECK, 'CRC32');
    worker.dispatchEvent(new Event('error'));
    expect([await before, await hasher(CHECK, 'CRC32')]).toEqual(['y/Q5Jg==', 'y/Q5Jg==']);
  });

  test('hashes on the main thread without workers', async () => {
    const hasher = workerHasher(() => {
      throw new Error('no workers here');
    });
    expect(await hasher(CHECK, 'CRC32')).toBe('y/Q5Jg==');
  });

  test('starts its script as a module, once, on first use', async () => {
    const started: unknown[][] = [];
    class Started extends FakeWorker {
      constructor(...how: unknown[]) {
        super();
        started.push(how);
      }
      override postMessage({ id }: { id: number }): void {
        this.reply(id, 'hash');
      }
    }
    vi.stubGlobal('Worker', Started);
    const hasher = workerHasher();
    expect(started).toEqual([]);
    expect([await hasher(CHECK, 'MD5'), await hasher(CHECK, 'MD5')]).toEqual(['hash', 'hash']);
    expect(started).toEqual([[expect.any(URL), { type: 'module' }]]);
    expect(String(started[0]?.[0])).toMatch(/\/hash\/worker\.ts$/);
  });

  test('on the main thread an unreadable blob rejects with an UnreadableError', async () => {
    const hasher = workerHasher(() => {
      throw new Error('no workers here');
    });
    await expect(hasher(unreadable(), 'MD5')).rejects.toMatchObject({
      code: 'file_unreadable',
      cause: { name: 'NotReadableError' },
    });
  });
});

test('the worker answers in order, and with null for an unreadable blob', async () => {
  const scope = new EventTarget();
  const answers: unknown[] = [];
  vi.stubGlobal('self', Object.assign(scope, { postMessage: (answer: unknown) => answers.push(answer) }));
  vi.resetModules();
  await import('../../hash/worker');
  const requests = [
    { id: 1, blob: numbered(100_000), algorithm: 'CRC32' },
    { id: 2, blob: unreadable(), algorithm: 'MD5' },
    { id: 3, blob: CHECK, algorithm: 'CRC32' },
  ];
  for (const data of requests) scope.dispatchEvent(new MessageEvent('message', { data }));
  await soon(() => expect(answers).toHaveLength(3));
  expect(answers).toEqual([
    { id: 1, hash: await hashOf(numbered(100_000), 'CRC32') },
    { id: 2, hash: null },
    { id: 3, hash: 'y/Q5Jg==' },
  ]);
});
