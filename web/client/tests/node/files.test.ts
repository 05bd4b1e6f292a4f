// @vitest-environment node
import { appendFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TransferError, UnreadableError } from '../../api/errors';
import { hashOf } from '../../hash/hash';
import { fileMemory, nodeHasher, nodeTransport, openFile } from '../../node/index';
import type { RememberedUpload } from '../../memory/memory';
import { numbered } from '../fakes';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longshore-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('openFile()', () => {
  test('has the name, the type and the time of the file', async () => {
    const path = join(folder, 'report.txt');
    await writeFile(path, 'some text');
    const file = await openFile(path, { type: 'text/plain' });
    const { mtimeMs } = await stat(path);
    expect([file.name, file.type, file.size, file.lastModified]).toEqual([
      'report.txt',
      'text/plain',
      9,
      Math.trunc(mtimeMs),
    ]);
    expect(await file.slice(5).text()).toBe('text');
  });

  test('a file that was changed cannot be read, and its hash is an UnreadableError', async () => {
    const path = join(folder, 'report.txt');
    await writeFile(path, 'some text');
    const file = await openFile(path);
    await appendFile(path, '!');
    await expect(nodeHasher(file, 'SHA256')).rejects.toThrow(UnreadableError);
  });

  test('rejects for a missing file', () =>
    expect(openFile(join(folder, 'none'))).rejects.toMatchObject({ code: expect.any(String) as string }));
});

test.each(['SHA256', 'MD5', 'CRC32C'] as const)('the hash %s is that of browsers', async (algorithm) => {
  expect(await nodeHasher(numbered(70_000), algorithm)).toBe(await hashOf(numbered(70_000), algorithm));
});

describe('fileMemory()', () => {
  const upload = (upload_id: string) => ({ upload_id, name: 'a' }) as RememberedUpload;

  test('the next process has what this one stored', async () => {
    const path = join(folder, 'uploads.json');
    const memory = fileMemory(path);
    expect(await memory.all()).toEqual([]);
    await Promise.all(['1', '2', '3'].map((id) => memory.remember(upload(id))));
    await memory.remember({ ...upload('1'), name: 'b' });
    await memory.forget('2');
    expect(await fileMemory(path).all()).toEqual([upload('3'), { ...upload('1'), name: 'b' }]);
    expect(await readdir(folder)).toEqual(['uploads.json']);
  });

  test('a file that cannot be read is an error, and the next change is tried', async () => {
    const path = join(folder, 'uploads.json');
    await writeFile(path, 'no JSON');
    const memory = fileMemory(path);
    await expect(memory.remember(upload('1'))).rejects.toThrow(SyntaxError);
    await rm(path);
    await memory.remember(upload('1'));
    expect(await memory.all()).toEqual([upload('1')]);
  });
});

describe('nodeTransport', () => {
  let server: Server;
  let answer: RequestListener;
  let url: string;
  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/part?x=1`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const chunkAt = (address: string) => ({
    chunk_index: 0,
    part_number: 1,
    method: 'PUT',
    url: address,
    headers: { 'x-amz-checksum-crc32': 'abc=' },
    expires_at: '',
  });
  const send = (
    body: Blob,
    more: { signal?: AbortSignal; timeouts?: { stall: number; answer: number } } = {},
  ) => {
    const sent: number[] = [];
    return {
      sent,
      done: nodeTransport({ chunk: chunkAt(url), body, onBytes: (n) => sent.push(n), ...more }),
    };
  };

  test.each([0, 5, 300_000])(
    'sends %i bytes with their length and headers, and reports them',
    async (size) => {
      const seen: unknown[] = [];
      answer = (request, response) => {
        let bytes = 0;
        request.on('data', (piece: Buffer) => (bytes += piece.length));
        request.on('end', () => {
          const { headers, method, url: path } = request;
          seen.push(method, path, headers['content-length'], headers['x-amz-checksum-crc32'], bytes);
          response.end();
        });
      };
      const { sent, done } = send(numbered(size));
      await done;
      expect(seen).toEqual(['PUT', '/part?x=1', String(size), 'abc=', size]);
      expect(sent).toEqual([...sent].sort((a, b) => a - b));
      expect(sent.at(-1) ?? 0).toBe(size);
    },
  );

  test.each([
    [503, { 'Retry-After': '7' }, 7000],
    [403, {}, 0],
    [503, { 'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
  ])('%i is a TransferError', async (status, headers, retryAfter) => {
    answer = (request, response) => {
      request.resume();
      response.writeHead(status, headers).end();
    };
    await expect(send(numbered(5)).done).rejects.toMatchObject({ status, retryAfter, timedOut: false });
  });

  test('a lost connection is a TransferError with its cause', async () => {
    answer = (request) => request.destroy();
    const error: unknown = await send(numbered(5)).done.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransferError);
    expect(error).toMatchObject({ status: 0, timedOut: false, cause: { code: 'ECONNRESET' } });
  });

  test('storage that does not answer in time', async () => {
    answer = (request) => request.resume();
    const { done } = send(numbered(5), { timeouts: { stall: 5_000, answer: 20 } });
    await expect(done).rejects.toMatchObject({ status: 0, timedOut: true });
  });

  test('an abort rejects with its reason', async () => {
    const controller = new AbortController();
    answer = () => controller.abort(new Error('changed my mind'));
    await expect(send(numbered(5), { signal: controller.signal }).done).rejects.toThrow('changed my mind');
    await expect(send(numbered(5), { signal: controller.signal }).done).rejects.toThrow('changed my mind');
  });
});
