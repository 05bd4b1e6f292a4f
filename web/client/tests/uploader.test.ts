import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ApiError,
  DifferentFileError,
  TransferError,
  UnreachableError,
  UnreadableError,
  UploadBusyError,
} from '../errors';
import { hashOf } from '../hash/hash';
import type { Hasher } from '../hash/hasher';
import type { Network } from '../network';
import type { UploadSession } from '../upload';
import type { Uploader, UploaderOptions, UploadOptions } from '../uploader';
import { FakeService, fakeLocks, fakeMemory, FILE_ID, numbered, refusal, success, UPLOAD_ID } from './fakes';

const INIT = 'POST /file/upload/init/';
const SIGN = 'POST /file/upload/chunk/';
const COMPLETE = 'POST /file/upload/complete/';
const ABORT = `DELETE /file/upload/${UPLOAD_ID}`;
const details = { filename: 'cargo.bin' };

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

/** Fails every PUT of these chunks so many times. */
function failPuts(times: number, ...indexes: number[]): void {
  const left = new Map(indexes.map((index) => [index, times]));
  service.onPut = ({ chunk }) => {
    const open = left.get(chunk.chunk_index) ?? 0;
    if (open === 0) return;
    left.set(chunk.chunk_index, open - 1);
    throw new TransferError(0);
  };
}

describe('the whole way', () => {
  test('init, chunks, complete, status until the verdict, and the file', async () => {
    const stages: string[] = [];
    const file = await service.uploader().upload(numbered(35), { ...details, onStage: (s) => stages.push(s) })
      .done;

    expect(file).toEqual({ id: FILE_ID, virus_scan_status: 'clean' });
    expect(stages).toEqual(['waiting', 'uploading', 'completing', 'queued', 'scanning', 'ready']);
    expect(await service.content()).toBe(await numbered(35).text());
    expect([...new Set(service.calls())]).toEqual([
      INIT,
      SIGN,
      COMPLETE,
      `GET /file/status/${FILE_ID}`,
      `GET /file/get/${FILE_ID}`,
    ]);
  });

  test('complete says what the file is and whom it belongs to', async () => {
    const papers = { userId: 'u', appointmentId: 'a', credential: { pin: '1' }, detail: { ward: 7 } };
    const blob = numbered(5).slice(0, 5, 'text/plain');
    await service.uploader().upload(blob, { filename: 'n.txt', ...papers }).done;

    expect(service.bodies(COMPLETE)).toEqual([
      {
        upload_id: UPLOAD_ID,
        total_chunks: 1,
        total_size: 5,
        filename: 'n.txt',
        content_type: 'text/plain',
        credential: { pin: '1' },
        detail: { ward: 7 },
        appointment_id: 'a',
        user_id: 'u',
      },
    ]);
  });

  test.each([
    ['no bytes', 0, [0]],
    ['one byte', 1, [1]],
    ['one chunk less one byte', 9, [9]],
    ['exactly one chunk', 10, [10]],
    ['one chunk and a byte', 11, [10, 1]],
    ['exactly two chunks', 20, [10, 10]],
  ])('%s', async (_, size, chunks) => {
    await service.uploader().upload(numbered(size), details).done;
    expect([...service.stored.values()].map((part) => part.size)).toEqual(chunks);
    expect(service.bodies(COMPLETE)).toMatchObject([{ total_chunks: chunks.length, total_size: size }]);
  });

  test('an init whose answer was lost is sent again under the same key, and each upload has its own', async () => {
    service.answerOnce(INIT, () => Promise.reject(new TypeError('Failed to fetch')));
    const uploader = service.uploader();
    await uploader.upload(numbered(5), details).done;
    await uploader.upload(numbered(6), details).done;
    const inits = service.requests.filter(({ call }) => call === INIT);
    const [lost, again, other] = inits.map(({ headers }) => headers.get('Idempotency-Key'));
    expect(lost).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(lost);
    expect(other).not.toBe(lost);
  });

  test('chunks have no type, so that no Content-Type is sent', async () => {
    await service.uploader().upload(new Blob(['12345678901'], { type: 'text/html' }), details).done;
    expect([...service.stored.values()].map((part) => part.type)).toEqual(['', '']);
  });

  test('the parts of all files share as many connections as there are', async () => {
    let now = 0;
    let most = 0;
    service.onPut = async () => {
      now += 1;
      most = Math.max(most, now);
      await vi.waitFor(() => expect(service.puts.length).toBeGreaterThanOrEqual(4));
      now -= 1;
    };
    const uploader = service.uploader({ connections: [4, 4] });
    await Promise.all([1, 2].map(() => uploader.upload(numbered(100), details).done));
    expect(most).toBe(4);
  });

  test('so many files at once, the others wait for their turn', async () => {
    let open = 0;
    let most = 0;
    const uploader = service.uploader({ filesAtOnce: 2 });
    const onSession = () => (most = Math.max(most, (open += 1)));
    const uploads = [1, 2, 3, 4, 5].map(() =>
      uploader.upload(numbered(5), { onSession, onStored: () => (open -= 1) }),
    );
    await Promise.all(uploads.map(({ done }) => done));
    expect(most).toBe(2);
  });

  test('a credential goes along as a header with every question', async () => {
    await service.uploader().upload(numbered(1), { ...details, credential: { pin: 'ü' } }).done;
    const asked = service.requests.filter(({ call }) => call.startsWith('GET'));
    expect(asked.length).toBeGreaterThan(1);
    for (const { headers } of asked) expect(headers.get('X-File-Credential')).toBe('{"pin":"\\u00fc"}');
  });
});

describe('signing', () => {
  test('the first chunks come with init: a small file needs no signing call', async () => {
    await service.uploader().upload(numbered(20), details).done;
    expect(service.calls()).not.toContain(SIGN);
  });

  test('further ones are signed in batches ahead of need', async () => {
    service.chunkSize = 1;
    await service.uploader({ signingWindow: 50 }).upload(numbered(202), details).done;
    expect(service.bodies(SIGN).map((body) => (body as { chunks: unknown[] }).chunks.length)).toEqual([
      50, 50, 50, 50,
    ]);
  });

  test('never more than a thousand a call', async () => {
    service.chunkSize = 1;
    await service.uploader({ signingWindow: 5000 }).upload(numbered(1500), details).done;
    expect(service.bodies(SIGN).map((body) => (body as { chunks: unknown[] }).chunks.length)).toEqual([
      1000, 498,
    ]);
  });

  test('the bytes of each chunk are named, the last one shorter', async () => {
    await service.uploader().upload(numbered(35), details).done;
    expect(service.bodies(SIGN)).toEqual([
      {
        upload_id: UPLOAD_ID,
        chunks: [
          { chunk_index: 2, chunk_size: 10 },
          { chunk_index: 3, chunk_size: 5 },
        ],
      },
    ]);
  });

  test('a URL about to expire is signed again before it is used', async () => {
    service.urlLifetime = 3;
    await service.uploader().upload(numbered(10), details).done;
    expect(service.bodies(SIGN)).toHaveLength(1);
    expect(service.puts).toEqual([0]);
  });
});

describe('failures on the way', () => {
  test('a failed PUT is tried again with a fresh URL', async () => {
    const urls: string[] = [];
    failPuts(2, 1);
    const put = service.onPut;
    service.onPut = (transfer) => {
      if (transfer.chunk.chunk_index === 1) urls.push(transfer.chunk.url);
      return put(transfer);
    };
    await service.uploader().upload(numbered(20), details).done;
    expect(new Set(urls).size).toBe(3);
    expect(await service.content()).toBe(await numbered(20).text());
  });

  test('the waits double, and only their jitter is kept', async () => {
    failPuts(4, 0);
    service.stages = ['ready'];
    await service.uploader().upload(numbered(5), details).done;
    expect(service.clock.slept).toEqual([250, 500, 1000, 2000]);
  });

  test('after the last try it gives up, keeps the upload and says so', async () => {
    failPuts(99, 0);
    const retry = { attempts: 3, baseDelay: 1, maxDelay: 1 };
    await expect(service.uploader({ retry }).upload(numbered(5), details).done).rejects.toThrow(
      TransferError,
    );
    expect(service.puts).toEqual([0, 0, 0]);
    expect(service.calls()).not.toContain(ABORT);
  });

  test('a file that can no longer be read is not tried again', async () => {
    failPuts(99, 0);
    const gone = numbered(5);
    const slice = gone.slice.bind(gone);
    vi.spyOn(gone, 'slice').mockImplementation((...range) => {
      const part = slice(...range);
      vi.spyOn(part, 'arrayBuffer').mockRejectedValue(new DOMException('gone', 'NotReadableError'));
      return part;
    });
    await expect(service.uploader().upload(gone, details).done).rejects.toThrow(UnreadableError);
    expect(service.puts).toEqual([0]);
  });

  test('chunks that storage turns out not to have are sent again', async () => {
    service.answerOnce(COMPLETE, () => refusal(409, 'chunks_missing', { missing: [1] }));
    await service.uploader().upload(numbered(20), details).done;
    expect(service.puts).toEqual([0, 1, 1]);
    expect(service.bodies(COMPLETE)).toHaveLength(2);
  });

  test('missing chunks without end are an error that names them', async () => {
    for (let n = 0; n < 9; n += 1) {
      service.answerOnce(COMPLETE, () => refusal(409, 'chunks_missing', { missing: [0] }));
    }
    const error: unknown = await service
      .uploader()
      .upload(numbered(5), details)
      .done.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, code: 'chunks_missing', missing: [0] });
  });

  test('a refusal of init is thrown as it was said, and not repeated', async () => {
    service.answerOnce(INIT, () => refusal(413, 'too_large'));
    await expect(service.uploader().upload(numbered(5), details).done).rejects.toMatchObject({
      status: 413,
      code: 'too_large',
      message: 'too_large, do something.',
    });
    expect(service.calls()).toEqual([INIT]);
  });

  test('an API that goes away while the verdict is open is waited for', async () => {
    const away = () => {
      throw new TypeError('Failed to fetch');
    };
    const status = `GET /file/status/${FILE_ID}`;
    for (let n = 0; n < 25; n += 1) service.answerOnce(status, away);
    await expect(service.uploader().upload(numbered(5), details).done).resolves.toMatchObject({
      id: FILE_ID,
    });
  });
});

describe('cancelling', () => {
  test('an abort while bytes travel forgets the upload and throws the reason', async () => {
    const controller = new AbortController();
    service.onPut = () => controller.abort(new Error('changed my mind'));
    const upload = service.uploader().upload(numbered(50), { ...details, signal: controller.signal }).done;
    await expect(upload).rejects.toThrow('changed my mind');
    expect(service.calls().at(-1)).toBe(ABORT);
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('an abort after the file is stored only stops watching', async () => {
    const controller = new AbortController();
    const upload = service.uploader().upload(numbered(5), {
      ...details,
      signal: controller.signal,
      onStored: () => controller.abort(),
    }).done;
    await expect(upload).rejects.toThrow();
    expect(service.calls()).not.toContain(ABORT);
  });

  test('an abort beforehand sends nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(service.uploader().upload(numbered(5), { ...details, signal }).done).rejects.toThrow();
    expect(service.calls()).toEqual([]);
  });
});

describe('pausing', () => {
  test('stops the bytes at once, and sends only what has not arrived', async () => {
    const stages: string[] = [];
    const upload = service
      .uploader({ connections: [1, 1] })
      .upload(numbered(35), { ...details, onStage: (stage) => stages.push(stage) });
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 2) upload.pause();
    };
    await vi.waitFor(() => expect(stages.at(-1)).toBe('paused'));
    expect([upload.paused, [...service.stored.keys()], service.calls()]).toEqual([
      true,
      [0, 1],
      [INIT, SIGN],
    ]);
    service.onPut = () => undefined;
    upload.resume();
    await upload.done;
    expect(service.puts).toEqual([0, 1, 2, 2, 3]);
    expect(stages.slice(0, 5)).toEqual(['waiting', 'uploading', 'paused', 'uploading', 'completing']);
  });

  test('is nothing that helps once the bytes are there', async () => {
    const stages: string[] = [];
    const upload = service
      .uploader()
      .upload(numbered(5), { ...details, onStage: (stage) => stages.push(stage) });
    upload.on('stored', () => upload.pause());
    await upload.done;
    expect([upload.paused, stages]).toEqual([
      false,
      ['waiting', 'uploading', 'completing', 'queued', 'scanning', 'ready'],
    ]);
  });

  test('before it begins holds it back, and an abort ends it', async () => {
    const upload = service.uploader().upload(numbered(35), details);
    upload.pause();
    await vi.waitFor(() => expect(service.calls()).toEqual([INIT]));
    upload.abort(new Error('changed my mind'));
    await expect(upload.done).rejects.toThrow('changed my mind');
    expect([service.puts, service.calls()]).toEqual([[], [INIT, ABORT]]);
  });
});

describe('checksums', () => {
  const signedWith = () =>
    service.bodies(SIGN).flatMap((body) => (body as { chunks: { checksum?: string }[] }).chunks);

  test('every part carries its own, signed', async () => {
    await service.uploader({ checksum: 'SHA256', hasher: hashOf }).upload(numbered(25), details).done;
    const parts = [0, 1, 2].map((index) => numbered(25).slice(index * 10, index * 10 + 10));
    expect(signedWith().map(({ checksum }) => checksum)).toEqual(
      await Promise.all(parts.map((part) => hashOf(part, 'SHA256'))),
    );
    expect(service.bodies(INIT)).toMatchObject([{ checksum_algorithm: 'SHA256' }]);
  });

  test('auto takes what storage checks, and asks once', async () => {
    service.checks = ['CRC32C'];
    const uploader = service.uploader({ checksum: 'auto', hasher: hashOf });
    for (const size of [5, 6]) await uploader.upload(numbered(size), details).done;
    const wished = service
      .bodies(INIT)
      .map((body) => (body as { checksum_algorithm?: string }).checksum_algorithm);
    expect(wished).toEqual(
      globalThis.isSecureContext ? ['SHA256', 'CRC32C', 'CRC32C'] : ['CRC32C', 'CRC32C'],
    );
  });

  test('auto goes without where storage checks none; a named one is not given up', async () => {
    service.checks = [];
    await service.uploader({ checksum: 'auto' }).upload(numbered(5), details).done;
    expect(signedWith()).toEqual([]);
    const named = service.uploader({ checksum: 'CRC32' }).upload(numbered(5), details).done;
    await expect(named).rejects.toMatchObject({ status: 422 });
  });

  test('a part that storage refuses is read and hashed anew', async () => {
    failPuts(1, 0);
    const hashed: number[] = [];
    const hasher: Hasher = (blob, algorithm) => {
      hashed.push(blob.size);
      return hashOf(blob, algorithm);
    };
    await service.uploader({ checksum: 'CRC32', hasher }).upload(numbered(13), details).done;
    expect(hashed).toEqual([10, 3, 10]);
    expect(service.puts).toEqual([0, 1, 0]);
  });
});

describe('a network that goes away', () => {
  test('is waited for without an end, and costs no tries', async () => {
    let offline = 20;
    const network: Network = {
      isOnline: () => offline <= 0,
      online: () => {
        offline -= 1;
        return Promise.resolve();
      },
    };
    service.onPut = () => {
      if (offline > 0) throw new TransferError(0);
    };
    const retry = { attempts: 2, baseDelay: 1, maxDelay: 1 };
    await service.uploader({ network, retry }).upload(numbered(5), details).done;
    expect(service.puts).toHaveLength(21);
  });
});

describe('after a reload', () => {
  /** What one page leaves when it is closed half-way, and another page's engine with the same memory. */
  async function closedHalfway(options: Partial<UploaderOptions> = {}): Promise<Uploader> {
    const memory = fakeMemory();
    const shared = { memory, hasher: hashOf, connections: [1, 1] as const, ...options };
    const upload = service.uploader(shared).upload(numbered(35), details);
    service.onPut = ({ chunk }) => (chunk.chunk_index === 2 ? new Promise(() => undefined) : undefined);
    await vi.waitFor(() => expect(service.puts).toEqual([0, 1, 2]));
    upload.pause();
    service.onPut = () => undefined;
    service.puts.length = 0;
    return service.uploader(shared);
  }

  test.each([
    ['by its ETags', { checksum: null }],
    ['by its checksums', { checksum: 'CRC64NVME' as const }],
  ])('the same file is known %s, and only what is missing is sent', async (_, options) => {
    const uploader = await closedHalfway(options);
    const stages: string[] = [];
    await uploader.upload(numbered(35), { ...details, onStage: (stage) => stages.push(stage) }).done;
    expect(service.puts).toEqual([2, 3]);
    expect(service.bodies(INIT)).toHaveLength(1);
    expect(stages.slice(0, 4)).toEqual(['waiting', 'uploading', 'comparing', 'uploading']);
    expect(await service.content()).toBe(await numbered(35).text());
    expect(await uploader.unfinished()).toEqual([]);
  });

  test('a part that is not the file’s own is sent again', async () => {
    const uploader = await closedHalfway();
    service.stored.set(1, new Blob(['other byte']));
    await uploader.upload(numbered(35), details).done;
    expect(service.puts).toEqual([1, 2, 3]);
  });

  test('what nobody can compare is sent again', async () => {
    const uploader = await closedHalfway();
    service.etags = false;
    const different: unknown[] = [];
    await uploader.upload(numbered(35), { ...details, onDifferent: (event) => different.push(event) }).done;
    expect([service.puts, different]).toEqual([[0, 1, 2, 3], []]);
  });

  test('another file of that name is noticed, said, and begins anew', async () => {
    const uploader = await closedHalfway();
    const different: unknown[] = [];
    const other = new Blob(['z'.repeat(35)]);
    await uploader.upload(other, { ...details, onDifferent: (event) => different.push(event) }).done;
    expect(different).toEqual([{ uploadId: UPLOAD_ID }]);
    expect(service.bodies(INIT)).toHaveLength(2);
    expect(await service.content()).toBe('z'.repeat(35));
  });

  test('an upload that is gone meanwhile is forgotten', async () => {
    const uploader = await closedHalfway();
    service.answerOnce('POST /file/upload/retry', () => refusal(409, 'upload_expired'));
    await uploader.upload(numbered(35), details).done;
    expect(service.bodies(INIT)).toHaveLength(2);
  });

  test('it is listed until it expires, and can be discarded', async () => {
    const uploader = await closedHalfway();
    const [left] = await uploader.unfinished();
    expect(left).toEqual({
      upload_id: UPLOAD_ID,
      file_id: FILE_ID,
      endpoint: '',
      name: 'cargo.bin',
      size: 35,
      last_modified: 0,
      expires_at: '2030-01-02T00:00:00.000Z',
    });
    await uploader.discard(UPLOAD_ID);
    expect([await uploader.unfinished(), service.calls().at(-1)]).toEqual([[], ABORT]);
  });

  test('another browser carries on by the upload_id alone', async () => {
    await closedHalfway();
    const elsewhere = service.uploader({ hasher: hashOf });
    await elsewhere.resume(UPLOAD_ID, numbered(35), details).done;
    expect(service.puts).toEqual([2, 3]);
  });

  test.each([
    ['of other bytes', new Blob(['z'.repeat(35)])],
    ['of another size', numbered(36)],
  ])('a file %s is refused there before anything is sent', async (_, other) => {
    await closedHalfway();
    const upload = service.uploader({ hasher: hashOf }).resume(UPLOAD_ID, other, details);
    await expect(upload.done).rejects.toThrow(DifferentFileError);
    expect(service.puts).toEqual([]);
  });
});

describe('carrying on', () => {
  /** A file whose first try on this page failed half-way, and a way to try it, or another one, again. */
  async function failedHalfway() {
    failPuts(99, 2);
    const file = numbered(35);
    let session: UploadSession | undefined;
    const retry = { attempts: 1, baseDelay: 1, maxDelay: 1 };
    const uploader = service.uploader({ retry, connections: [1, 1], memory: fakeMemory(), hasher: hashOf });
    const onSession = (opened: UploadSession) => (session = opened);
    await expect(uploader.upload(file, { ...details, onSession }).done).rejects.toThrow(TransferError);
    service.onPut = () => undefined;
    service.puts.length = 0;
    const again = (options: UploadOptions = {}) =>
      uploader.upload(file, { ...details, session, ...options }).done;
    const other = (cargo: Blob) => uploader.upload(cargo, details).done;
    return { again, other };
  }

  test('only what is missing is sent, and the bytes that are there count', async () => {
    const { again } = await failedHalfway();
    const seen: number[] = [];
    await again({ onProgress: ({ sent }) => seen.push(sent) });
    expect(service.puts).toEqual([2, 3]);
    expect(seen.at(-1)).toBe(35);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(25);
    expect(service.bodies(INIT)).toHaveLength(1);
  });

  test.each(['upload_expired', 'upload_aborted', 'upload_not_found'])('%s starts over', async (code) => {
    const { again } = await failedHalfway();
    service.answerOnce('POST /file/upload/retry', () => refusal(409, code));
    await again();
    expect(service.bodies(INIT)).toHaveLength(2);
    expect(service.puts).toHaveLength(4);
  });

  test.each(['file_already_uploaded', 'file_in_progress'])('%s needs no more bytes', async (code) => {
    const { again } = await failedHalfway();
    service.stored.set(2, numbered(10)).set(3, numbered(5));
    service.answerOnce('POST /file/upload/retry', () => refusal(400, code));
    await again();
    expect(service.puts).toEqual([]);
  });

  test('what else goes wrong there is thrown', async () => {
    const { again } = await failedHalfway();
    service.answerOnce('POST /file/upload/retry', () => refusal(403, 'forbidden'));
    await expect(again()).rejects.toThrow(ApiError);
  });

  test('a file that is chosen again carries on with what its failed try left', async () => {
    const { other } = await failedHalfway();
    await other(numbered(35));
    expect([service.puts, service.bodies(INIT).length]).toEqual([[2, 3], 1]);
  });

  test('what another file took over meanwhile is compared before it is this one’s again', async () => {
    const { again, other } = await failedHalfway();
    service.stored.clear();
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 3) throw new TransferError(503);
    };
    await expect(other(new Blob(['z'.repeat(35)]))).rejects.toThrow(TransferError);
    service.onPut = () => undefined;
    await again();
    expect(await service.content()).toBe(await numbered(35).text());
    expect(service.bodies(INIT)).toHaveLength(2);
  });

  test('what another file has become meanwhile is not this one', async () => {
    const { again, other } = await failedHalfway();
    service.stored.clear();
    await other(new Blob(['z'.repeat(35)]));
    service.stored.clear();
    service.answerOnce('POST /file/upload/retry', () => refusal(400, 'file_already_uploaded'));
    await again();
    expect(await service.content()).toBe(await numbered(35).text());
  });
});

describe('files that look alike', () => {
  const twin = () => new Blob(['z'.repeat(35)]);

  /** An upload whose first part stands still, in one tab of a browser, and another tab. */
  async function standing() {
    const shared = { memory: fakeMemory(), locks: fakeLocks(), hasher: hashOf };
    const [here, elsewhere] = [service.uploader(shared), service.uploader(shared)];
    let goOn: () => void = () => undefined;
    service.onPut = () => {
      service.onPut = () => undefined;
      return new Promise((resolve) => (goOn = resolve));
    };
    const first = here.upload(numbered(35), details);
    await vi.waitFor(() => expect(service.puts).toContain(0));
    return { here, elsewhere, first, goOn: () => goOn() };
  }

  test.each(['here', 'elsewhere'] as const)('never share an upload that is under way (%s)', async (tab) => {
    const tabs = await standing();
    expect(await tabs[tab].unfinished()).toEqual([]);
    await tabs[tab].upload(twin(), details).done;
    expect(service.calls().filter((call) => call.endsWith('retry'))).toEqual([]);
    expect(service.bodies(INIT)).toHaveLength(2);
    tabs.goOn();
    await tabs.first.done;
  });

  test('an upload that is under way cannot be carried on with by its id', async () => {
    const { elsewhere, first, goOn } = await standing();
    await expect(elsewhere.resume(UPLOAD_ID, numbered(35), details).done).rejects.toThrow(UploadBusyError);
    goOn();
    await first.done;
  });

  test('a file that was made and never heard of is known by its time, and no other is', async () => {
    const made = new File(['x'], 'cargo.bin', { lastModified: 7 });
    const memory = fakeMemory();
    const left = { upload_id: UPLOAD_ID, file_id: FILE_ID, endpoint: '', name: 'cargo.bin', size: 1 };
    const remember = () =>
      memory.remember({ ...left, last_modified: 7, expires_at: service.clock.iso(86_400) });
    const uploader = service.uploader({ memory });
    for (const file of [made, new File(['y'], 'cargo.bin', { lastModified: 8 })]) {
      await remember();
      service.answerOnce('POST /file/upload/retry', () => refusal(400, 'file_already_uploaded'));
      service.answerOnce('POST /file/upload/complete/', () => success({ id: FILE_ID }));
      await uploader.upload(file, details).done;
    }
    expect(service.bodies(INIT)).toHaveLength(1);
    expect(await service.content()).toBe('y');
  });
});

test('an unreachable API ends in an error that says so', async () => {
  const fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  const retry = { attempts: 2, baseDelay: 1, maxDelay: 1 };
  const upload = service.uploader({ fetch, retry }).upload(numbered(5), details).done;
  await expect(upload).rejects.toThrow(UnreachableError);
});
