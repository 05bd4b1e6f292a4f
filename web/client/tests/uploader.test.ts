import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, TransferError, UnreachableError, UnreadableError } from '../errors';
import type { UploadSession } from '../uploader';
import { FakeService, FILE_ID, numbered, refusal, UPLOAD_ID } from './fakes';

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
    const file = await service.uploader().upload(numbered(35), details, { onStage: (s) => stages.push(s) });

    expect(file).toEqual({ id: FILE_ID, virus_scan_status: 'clean' });
    expect(stages).toEqual(['completing', 'queued', 'scanning', 'ready']);
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
    await service.uploader().upload(blob, { filename: 'n.txt', ...papers });

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
    await service.uploader().upload(numbered(size), details);
    expect([...service.stored.values()].map((part) => part.size)).toEqual(chunks);
    expect(service.bodies(COMPLETE)).toMatchObject([{ total_chunks: chunks.length, total_size: size }]);
  });

  test('chunks have no type, so that no Content-Type is sent', async () => {
    await service.uploader().upload(new Blob(['12345678901'], { type: 'text/html' }), details);
    expect([...service.stored.values()].map((part) => part.type)).toEqual(['', '']);
  });

  test('at most four chunks are under way at once', async () => {
    let now = 0;
    let most = 0;
    service.onPut = async () => {
      now += 1;
      most = Math.max(most, now);
      await vi.waitFor(() => expect(service.puts.length).toBeGreaterThanOrEqual(4));
      now -= 1;
    };
    await service.uploader().upload(numbered(200), details);
    expect(most).toBe(4);
  });

  test('a credential goes along as a header with every question', async () => {
    await service.uploader().upload(numbered(1), { ...details, credential: { pin: 'ü' } });
    const asked = service.requests.filter(({ call }) => call.startsWith('GET'));
    expect(asked.length).toBeGreaterThan(1);
    for (const { headers } of asked) expect(headers.get('X-File-Credential')).toBe('{"pin":"\\u00fc"}');
  });
});

describe('signing', () => {
  test('the first chunks come with init: a small file needs no signing call', async () => {
    await service.uploader().upload(numbered(20), details);
    expect(service.calls()).not.toContain(SIGN);
  });

  test('further ones are signed in batches ahead of need', async () => {
    service.chunkSize = 1;
    await service.uploader({ signingWindow: 50 }).upload(numbered(202), details);
    expect(service.bodies(SIGN).map((body) => (body as { chunks: unknown[] }).chunks.length)).toEqual([
      50, 50, 50, 50,
    ]);
  });

  test('never more than a thousand a call', async () => {
    service.chunkSize = 1;
    await service.uploader({ signingWindow: 5000 }).upload(numbered(1500), details);
    expect(service.bodies(SIGN).map((body) => (body as { chunks: unknown[] }).chunks.length)).toEqual([
      1000, 498,
    ]);
  });

  test('the bytes of each chunk are named, the last one shorter', async () => {
    await service.uploader().upload(numbered(35), details);
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
    await service.uploader().upload(numbered(10), details);
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
    await service.uploader().upload(numbered(20), details);
    expect(new Set(urls).size).toBe(3);
    expect(await service.content()).toBe(await numbered(20).text());
  });

  test('the waits double, and only their jitter is kept', async () => {
    failPuts(4, 0);
    service.stages = ['ready'];
    await service.uploader().upload(numbered(5), details);
    expect(service.clock.slept).toEqual([250, 500, 1000, 2000]);
  });

  test('after the last try it gives up, keeps the upload and says so', async () => {
    failPuts(99, 0);
    const retry = { attempts: 3, baseDelay: 1, maxDelay: 1 };
    await expect(service.uploader({ retry }).upload(numbered(5), details)).rejects.toThrow(TransferError);
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
    await expect(service.uploader().upload(gone, details)).rejects.toThrow(UnreadableError);
    expect(service.puts).toEqual([0]);
  });

  test('chunks that storage turns out not to have are sent again', async () => {
    service.answerOnce(COMPLETE, () => refusal(409, 'chunks_missing', { missing: [1] }));
    await service.uploader().upload(numbered(20), details);
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
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, code: 'chunks_missing', missing: [0] });
  });

  test('a refusal of init is thrown as it was said, and not repeated', async () => {
    service.answerOnce(INIT, () => refusal(413, 'too_large'));
    await expect(service.uploader().upload(numbered(5), details)).rejects.toMatchObject({
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
    await expect(service.uploader().upload(numbered(5), details)).resolves.toMatchObject({ id: FILE_ID });
  });
});

describe('cancelling', () => {
  test('an abort while bytes travel forgets the upload and throws the reason', async () => {
    const controller = new AbortController();
    service.onPut = () => controller.abort(new Error('changed my mind'));
    const upload = service.uploader().upload(numbered(50), details, { signal: controller.signal });
    await expect(upload).rejects.toThrow('changed my mind');
    expect(service.calls().at(-1)).toBe(ABORT);
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('an abort after the file is stored only stops watching', async () => {
    const controller = new AbortController();
    const upload = service.uploader().upload(numbered(5), details, {
      signal: controller.signal,
      onStored: () => controller.abort(),
    });
    await expect(upload).rejects.toThrow();
    expect(service.calls()).not.toContain(ABORT);
  });

  test('an abort beforehand sends nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(service.uploader().upload(numbered(5), details, { signal })).rejects.toThrow();
    expect(service.calls()).toEqual([]);
  });
});

describe('carrying on', () => {
  async function failedHalfway(): Promise<UploadSession> {
    failPuts(99, 2);
    let session: UploadSession | undefined;
    const retry = { attempts: 1, baseDelay: 1, maxDelay: 1 };
    const hooks = { onSession: (opened: UploadSession) => (session = opened) };
    const upload = service.uploader({ retry, parallelChunks: 1 }).upload(numbered(35), details, hooks);
    await expect(upload).rejects.toThrow(TransferError);
    service.onPut = () => undefined;
    service.puts.length = 0;
    if (!session) throw new Error('No session was reported.');
    return session;
  }

  test('only what is missing is sent, and the bytes that are there count', async () => {
    const resume = await failedHalfway();
    const seen: number[] = [];
    await service.uploader().upload(numbered(35), details, {
      resume,
      onProgress: ({ sent }) => seen.push(sent),
    });
    expect(service.puts).toEqual([2, 3]);
    expect(seen.at(-1)).toBe(35);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(25);
    expect(service.bodies(INIT)).toHaveLength(1);
  });

  test.each(['upload_expired', 'upload_aborted', 'upload_not_found'])('%s starts over', async (code) => {
    const resume = await failedHalfway();
    service.answerOnce('POST /file/upload/retry', () => refusal(409, code));
    await service.uploader().upload(numbered(35), details, { resume });
    expect(service.bodies(INIT)).toHaveLength(2);
    expect(service.puts).toHaveLength(4);
  });

  test.each(['file_already_uploaded', 'file_in_progress'])('%s needs no more bytes', async (code) => {
    const resume = await failedHalfway();
    service.stored.set(2, numbered(10)).set(3, numbered(5));
    service.answerOnce('POST /file/upload/retry', () => refusal(400, code));
    await service.uploader().upload(numbered(35), details, { resume });
    expect(service.puts).toEqual([]);
  });

  test('what else goes wrong there is thrown', async () => {
    const resume = await failedHalfway();
    service.answerOnce('POST /file/upload/retry', () => refusal(403, 'forbidden'));
    await expect(service.uploader().upload(numbered(35), details, { resume })).rejects.toThrow(ApiError);
  });
});

test('an unreachable API ends in an error that says so', async () => {
  const fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  const retry = { attempts: 2, baseDelay: 1, maxDelay: 1 };
  const upload = service.uploader({ fetch, retry }).upload(numbered(5), details);
  await expect(upload).rejects.toThrow(UnreachableError);
});
