// @vitest-environment node
import { beforeEach, describe, expect, test } from 'vitest';
import { DifferentFileError, TransferError } from '../../api/errors';
import { hashOf } from '../../hash/hash';
import type { RememberedUpload } from '../../memory/memory';
import type { UploadSession } from '../../upload/upload';
import { Uploader, type UploaderOptions } from '../../upload/uploader';
import {
  ABORT,
  details,
  fakeLocks,
  fakeMemory,
  FakeService,
  INIT,
  numbered,
  refusal,
  RESUME,
  UPLOAD_ID,
} from '../fakes';
import { soon } from '../soon';

let service: FakeService;
let memory: ReturnType<typeof fakeMemory>;
beforeEach(() => {
  service = new FakeService();
  memory = fakeMemory();
});

const page = (options: Partial<UploaderOptions> = {}): Uploader =>
  service.uploader({ memory, hasher: hashOf, connections: [1, 1], ...options });

/** Leaves an unfinished upload of 35 bytes with two parts in storage, like a page that is closed. */
async function leave(file: Blob = numbered(35)): Promise<void> {
  const upload = page().upload(file, details);
  service.onPut = ({ chunk }) => (chunk.chunk_index === 2 ? new Promise(() => undefined) : undefined);
  await soon(() => expect(service.puts).toEqual([0, 1, 2]));
  upload.pause();
  service.onPut = () => undefined;
  service.puts.length = 0;
  service.requests.length = 0;
}

/** Changes fields of the unfinished upload in memory. */
async function change(other: Partial<RememberedUpload>): Promise<void> {
  for (const left of (await memory.all()).slice(0, 1)) await memory.remember({ ...left, ...other });
}

describe('an unfinished upload is resumed', () => {
  test.each([
    ['for the same name and size', details.filename, 35, [RESUME]],
    ['not for another name', 'other.bin', 35, [INIT]],
    ['not for another size', details.filename, 34, [INIT]],
  ])('%s', async (_, filename, size, calls) => {
    await leave();
    await page().upload(numbered(size), { filename }).done;
    expect(service.calls()[0]).toBe(calls[0]);
  });

  test('not at another service', async () => {
    await leave();
    await change({ endpoint: 'https://other.example' });
    expect(await page().unfinished()).toEqual([]);
    await page().upload(numbered(35), details).done;
    expect(service.calls()[0]).toBe(INIT);
  });

  test('not after it expired', async () => {
    await leave();
    await change({ expires_at: service.clock.iso() });
    expect(await page().unfinished()).toEqual([]);
  });

  test.each([
    ['not after it expired by the clock of the service', 60, 59, 0],
    ['although it expired by the clock of the browser', -60, -59, 1],
  ])('%s', async (_, skew, end, open) => {
    await leave();
    await change({ expires_at: service.clock.iso(end) });
    const uploader = page();
    uploader.http.clockSkew = skew * 1000;
    expect(await uploader.unfinished()).toHaveLength(open);
  });

  test('the newest first', async () => {
    await leave();
    for (const [upload_id, hours] of [
      ['older', 1],
      ['newest', 48],
      ['old', 2],
    ] as const)
      await change({ upload_id, expires_at: service.clock.iso(hours * 3600) });
    const ids = (await page().unfinished()).map(({ upload_id }) => upload_id);
    expect(ids).toEqual(['newest', UPLOAD_ID, 'old', 'older']);
  });
});

test("the memory contains name, size and time of the file, and the service's address", async () => {
  const file = new File([numbered(35)], 'its own.bin', { lastModified: 7 });
  service.onPut = () => new Promise(() => undefined);
  const fetch: FakeService['fetch'] = (url, init) =>
    service.fetch(url.replace('https://files.example', ''), init);
  page({ fetch, endpoint: 'https://files.example' }).upload(file);
  await soon(() => expect(service.puts).toEqual([0]));
  expect(await memory.all()).toMatchObject([
    { name: 'its own.bin', size: 35, last_modified: 7, endpoint: 'https://files.example' },
  ]);
});

describe('while a file is compared', () => {
  test('identical chunks count as sent, others do not', async () => {
    await leave();
    service.stored.set(1, new Blob(['other byte']));
    const seen: unknown[] = [];
    const onStage = (stage: string) => seen.push(stage);
    await page().upload(numbered(35), { ...details, onStage, onProgress: ({ sent }) => seen.push(sent) })
      .done;
    const start = seen.indexOf('comparing');
    expect(seen.slice(start, start + 5)).toEqual(['comparing', 10, 10, 'uploading', 20]);
  });

  test('a pause stops the comparison, and a resume continues it', async () => {
    await leave();
    const hashed: number[] = [];
    const upload = page({
      hasher: (blob, algorithm) => {
        hashed.push(blob.size);
        if (hashed.length === 1) upload.pause();
        return hashOf(blob, algorithm);
      },
    }).upload(numbered(35), details);
    await soon(() => expect(upload.paused).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(hashed).toEqual([10]);
    upload.resume();
    await upload.done;
    expect([hashed, service.puts]).toEqual([
      [10, 10],
      [2, 3],
    ]);
  });
});

describe('by its upload_id', () => {
  test('an upload without a size is compared by its parts', async () => {
    await leave();
    service.knowsSize = false;
    await page({ memory: fakeMemory() }).resume(UPLOAD_ID, numbered(35), details).done;
    expect(service.puts).toEqual([2, 3]);
  });

  test('an upload without stored parts accepts any file', async () => {
    await leave();
    service.stored.clear();
    await page({ memory: fakeMemory() }).resume(UPLOAD_ID, numbered(35), details).done;
    expect(service.puts).toEqual([0, 1, 2, 3]);
  });

  test('an upload that was refused for another file can still be resumed', async () => {
    await leave();
    const shared = { memory: fakeMemory(), locks: fakeLocks() };
    const [elsewhere, tab] = [page(shared), page(shared)];
    const other = elsewhere.resume(UPLOAD_ID, new Blob(['z'.repeat(35)]), details);
    await expect(other.done).rejects.toThrow(DifferentFileError);
    await expect(other.done).rejects.toMatchObject({ uploadId: UPLOAD_ID, code: 'different_file' });
    await tab.resume(UPLOAD_ID, numbered(35), details).done;
    expect(service.puts).toEqual([2, 3]);
    expect(service.calls()).not.toContain(ABORT);
  });

  test('an expired upload is an error, and no new one is opened', async () => {
    await leave();
    service.answerOnce(RESUME, () => refusal(410, 'upload_expired'));
    const { done } = page().resume(UPLOAD_ID, numbered(35), details);
    await expect(done).rejects.toMatchObject({ code: 'upload_expired' });
    expect(service.calls()).toEqual([RESUME]);
  });

  test('an abort before the first answer aborts the upload', async () => {
    await leave();
    const controller = new AbortController();
    service.answerOnce(RESUME, () => {
      controller.abort(new Error('changed my mind'));
      return refusal(503, 'down');
    });
    const options = { ...details, signal: controller.signal };
    await expect(page().resume(UPLOAD_ID, numbered(35), options).done).rejects.toThrow('changed my mind');
    expect(service.calls().at(-1)).toBe(ABORT);
  });
});

describe('a session of this page', () => {
  /** Fails an upload at its third part; returns its session. */
  async function failed(uploader: Uploader, file: Blob): Promise<UploadSession> {
    let session: UploadSession | undefined;
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 2) throw new TransferError(503);
    };
    const { done } = uploader.upload(file, { ...details, onSession: (opened) => (session = opened) });
    await expect(done).rejects.toThrow(TransferError);
    service.onPut = () => undefined;
    service.puts.length = 0;
    service.requests.length = 0;
    return session as unknown as UploadSession;
  }
  const retry = { attempts: 1, baseDelay: 1, maxDelay: 1 };

  test('contains the ids of the upload', async () => {
    const session = await failed(page({ retry }), numbered(35));
    expect(session).toMatchObject({ uploadId: UPLOAD_ID, plan: { size: 35, chunkSize: 10, totalChunks: 4 } });
  });

  test('is aborted by an abort before the first answer', async () => {
    const uploader = page({ retry });
    const file = numbered(35);
    const session = await failed(uploader, file);
    const controller = new AbortController();
    service.answerOnce(RESUME, () => {
      controller.abort(new Error('changed my mind'));
      return refusal(503, 'down');
    });
    const options = { ...details, session, signal: controller.signal };
    await expect(uploader.upload(file, options).done).rejects.toThrow('changed my mind');
    expect(service.calls()).toEqual([RESUME, ABORT]);
  });

  test('is resumed without a comparison', async () => {
    const uploader = page({ retry, hasher: () => Promise.reject(new Error('compared')) });
    const file = numbered(35);
    const session = await failed(uploader, file);
    await uploader.upload(file, { ...details, session }).done;
    expect(service.puts).toEqual([2, 3]);
  });

  test('of another file is not used: the file gets a new upload', async () => {
    const uploader = page({ retry });
    const session = await failed(uploader, numbered(35));
    const different: unknown[] = [];
    const onDifferent = (event: unknown) => different.push(event);
    await uploader.upload(new Blob(['z'.repeat(35)]), { ...details, session, onDifferent }).done;
    expect(service.calls().slice(0, 2)).toEqual([RESUME, INIT]);
    expect([different, await service.content()]).toEqual([[], 'z'.repeat(35)]);
  });
});
