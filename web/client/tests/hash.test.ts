import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UnreadableError } from '../errors';
import { hashOf } from '../hash/hash';
import { workerHasher } from '../hash/hasher';
import { numbered } from './fakes';

const CHECK = new Blob(['123456789']);

describe('hashes', () => {
  /** The published check values of each algorithm for «123456789». */
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
  /** A worker as the browser has it: messages, or an error when its script does not load. */
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

  test('each answer goes to who asked', async () => {
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

  test('a blob that cannot be read is an error that says so', async () => {
    const worker = new FakeWorker();
    const answer = hasherOf(worker)(CHECK, 'CRC32');
    worker.reply(1, null);
    await expect(answer).rejects.toThrow(UnreadableError);
  });

  test('a worker that does not load leaves its work to the page', async () => {
    const worker = new FakeWorker();
    const hasher = hasherOf(worker);
    const before = hasher(CHECK, 'CRC32');
    worker.dispatchEvent(new Event('error'));
    expect([await before, await hasher(CHECK, 'CRC32')]).toEqual(['y/Q5Jg==', 'y/Q5Jg==']);
  });

  test('where there are no workers the page does it', async () => {
    const hasher = workerHasher(() => {
      throw new Error('no workers here');
    });
    expect(await hasher(CHECK, 'CRC32')).toBe('y/Q5Jg==');
  });
});
