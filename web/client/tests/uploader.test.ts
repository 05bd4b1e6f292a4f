// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  AlreadyStoredError,
  ApiError,
  DifferentFileError,
  TransferError,
  UnreachableError,
  UnreadableError,
  UploadBusyError,
} from '../errors';
import { abortable } from '../timeouts';
import { hashOf } from '../hash/hash';
import type { Hasher } from '../hash/hasher';
import type { Network } from '../network';
import type { Transfer } from '../transfer';
import type { UploadSession } from '../upload';
import type { Uploader, UploaderOptions, UploadOptions } from '../uploader';
import {
  ABORT,
  COMPLETE,
  FakeClock,
  FakeService,
  fakeLocks,
  fakeMemory,
  FILE_ID,
  INIT,
  numbered,
  refusal,
  RESUME,
  SIGN,
  soon,
  UPLOAD_ID,
} from './fakes';

const details = { filename: 'cargo.bin' };

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

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

  test.each([
    ['image/png', 'image/png'],
    ['', 'application/octet-stream'],
    ['foo', 'application/octet-stream'],
    ['video/webm;codecs=vp8,opus', 'video/webm;codecs="vp8,opus"'],
    ['video/webm; codecs="vp8, opus"', 'video/webm;codecs="vp8, opus"'],
    ['text/plain; charset=utf-8', 'text/plain;charset=utf-8'],
    ['text/html;charset', 'text/html'],
    ['audio/mp4;codecs=mp4a.40.2;x="a\\"b"', 'audio/mp4;codecs=mp4a.40.2'],
    [`text/plain;x=${'y'.repeat(300)}`, 'text/plain'],
    ['a/b/c', 'application/octet-stream'],
    ['image/png, image/jpeg', 'application/octet-stream'],
  ])('a type that browsers give is said as HTTP has it: %s', async (given, said) => {
    await service.uploader().upload(numbered(1), { ...details, contentType: given }).done;
    const types = [...service.bodies(INIT), ...service.bodies(COMPLETE)];
    expect(types).toMatchObject([{ content_type: said }, { content_type: said }]);
  });

  test('a small file asks for small parts', async () => {
    await service.uploader().upload(numbered(1), details).done;
    expect(service.bodies(INIT)).toEqual([
      {
        filename: 'cargo.bin',
        size: 1,
        content_type: 'application/octet-stream',
        chunk_size: 5 * 1024 * 1024,
      },
    ]);
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
      await soon(() => expect(service.puts.length).toBeGreaterThanOrEqual(4));
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
    await expect(service.uploader().upload(gone, details).done).rejects.toMatchObject({
      code: 'file_unreadable',
      cause: { name: 'NotReadableError' },
    });
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

  describe('parts that storage has and does not take', () => {
    const refuseOnce = () => service.answerOnce(COMPLETE, () => refusal(409, 'size_mismatch'));

    test('for a moment: it is asked again after longer and longer waits, and no part is sent again', async () => {
      service.stages = ['ready'];
      for (let n = 0; n < 3; n += 1) refuseOnce();
      const { done } = service.uploader().upload(numbered(20), details);
      await expect(done).resolves.toEqual({ id: FILE_ID, virus_scan_status: 'clean' });
      expect([service.puts, service.clock.slept]).toEqual([
        [0, 1],
        [1000, 2000, 4000],
      ]);
      expect(await service.content()).toBe(await numbered(20).text());
    });

    test('without end: it fails with the refusal, and a later try needs no bytes', async () => {
      for (let n = 0; n < 4; n += 1) refuseOnce();
      const uploader = service.uploader({ memory: fakeMemory() });
      const file = numbered(20);
      let session: UploadSession | undefined;
      const { done } = uploader.upload(file, { ...details, onSession: (opened) => (session = opened) });
      await expect(done).rejects.toMatchObject({
        code: 'size_mismatch',
        message: 'size_mismatch, do something.',
      });
      expect(service.bodies(COMPLETE)).toHaveLength(4);
      expect(service.calls()).not.toContain(ABORT);
      await expect(uploader.upload(file, { ...details, session }).done).resolves.toMatchObject({
        id: FILE_ID,
      });
      expect([service.puts, service.bodies(INIT).length]).toEqual([[0, 1], 1]);
    });

    test('or turns out to have lost, or in another length: those alone are sent again', async () => {
      const seen: number[] = [];
      service.answerOnce(COMPLETE, () => {
        service.stored.delete(0);
        service.stored.set(2, numbered(3));
        return refusal(409, 'size_mismatch');
      });
      const onProgress = ({ sent }: { sent: number }) => seen.push(sent);
      await service.uploader({ connections: [1, 1] }).upload(numbered(35), { ...details, onProgress }).done;
      expect(service.puts).toEqual([0, 1, 2, 3, 0, 2]);
      expect(await service.content()).toBe(await numbered(35).text());
      expect([Math.min(...seen.slice(seen.indexOf(35) + 1)), seen.at(-1)]).toEqual([25, 35]);
    });

    test('of an upload that is over: it fails with the refusal, which says why', async () => {
      refuseOnce();
      service.answerOnce(RESUME, () => refusal(409, 'upload_aborted'));
      const { done } = service.uploader().upload(numbered(20), details);
      await expect(done).rejects.toMatchObject({ code: 'size_mismatch' });
      expect(service.bodies(COMPLETE)).toHaveLength(1);
    });

    test('and made the file of after all: it is the file', async () => {
      refuseOnce();
      service.answerOnce(RESUME, () => refusal(400, 'file_in_progress'));
      const { done } = service.uploader().upload(numbered(20), details);
      await expect(done).resolves.toMatchObject({ id: FILE_ID });
      expect(service.puts).toEqual([0, 1]);
    });

    test('nor lists: that refusal is thrown', async () => {
      refuseOnce();
      service.answerOnce(RESUME, () => refusal(403, 'forbidden'));
      const { done } = service.uploader().upload(numbered(20), details);
      await expect(done).rejects.toMatchObject({ code: 'forbidden' });
    });

    test('can be aborted while it is given time', async () => {
      refuseOnce();
      const controller = new AbortController();
      const clock = new FakeClock();
      clock.sleep = (_, signal) => {
        controller.abort(new Error('changed my mind'));
        return Promise.reject(signal?.reason as Error);
      };
      const upload = service
        .uploader({ clock })
        .upload(numbered(20), { ...details, signal: controller.signal });
      await expect(upload.done).rejects.toThrow('changed my mind');
      expect(service.calls().at(-1)).toBe(ABORT);
    });
  });

  test.each(['etag_mismatch', 'quota_exceeded'])('%s is no refusal that passes', async (code) => {
    service.answerOnce(COMPLETE, () => refusal(409, code));
    await expect(service.uploader().upload(numbered(5), details).done).rejects.toMatchObject({ code });
    expect(service.bodies(COMPLETE)).toHaveLength(1);
  });

  test('a completion that takes longer than all tries of a call is waited for', async () => {
    for (let n = 0; n < 25; n += 1)
      service.answerOnce(COMPLETE, () => refusal(409, 'completion_in_progress'));
    await expect(service.uploader().upload(numbered(5), details).done).resolves.toMatchObject({
      id: FILE_ID,
    });
  });

  test('a chunk that the service does not sign is not tried again', async () => {
    for (let n = 0; n < 9; n += 1) service.answerOnce(SIGN, () => refusal(409, 'upload_expired'));
    await expect(service.uploader().upload(numbered(25), details).done).rejects.toMatchObject({
      code: 'upload_expired',
    });
    expect(service.bodies(SIGN)).toHaveLength(2);
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

  test('an abort that comes after the file was made says so, and hands out the file', async () => {
    const controller = new AbortController();
    service.answerOnce(COMPLETE, () => {
      controller.abort();
      return new Promise(() => undefined);
    });
    service.answerOnce(ABORT, () => refusal(409, 'upload_completed'));
    const stored: unknown[] = [];
    const upload = service.uploader().upload(numbered(5), {
      ...details,
      signal: controller.signal,
      onStored: (file) => stored.push(file),
    });
    const error: unknown = await upload.done.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AlreadyStoredError);
    expect([(error as AlreadyStoredError).file, stored]).toEqual([
      { id: FILE_ID, virus_scan_status: 'clean' },
      [{ id: FILE_ID, virus_scan_status: 'clean' }],
    ]);
  });

  test('an abort while a complete is open waits for what comes of it', async () => {
    const controller = new AbortController();
    service.answerOnce(COMPLETE, () => {
      controller.abort(new Error('changed my mind'));
      return new Promise(() => undefined);
    });
    service.answerOnce(ABORT, () => refusal(409, 'completion_in_progress'));
    const upload = service.uploader().upload(numbered(5), { ...details, signal: controller.signal });
    await expect(upload.done).rejects.toThrow('changed my mind');
    expect(service.calls().slice(-2)).toEqual([ABORT, ABORT]);
  });

  test('an abort of which the service does not hear says nothing of a file that may be there', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    service.answerOnce(COMPLETE, () => {
      controller.abort();
      return new Promise(() => undefined);
    });
    service.answerOnce(ABORT, () => new Promise(() => undefined));
    const upload = service.uploader().upload(numbered(5), { ...details, signal: controller.signal });
    const outcome = expect(upload.done).rejects.toMatchObject({ name: 'TimeoutError' });
    await vi.advanceTimersByTimeAsync(10_000);
    await outcome;
  });

  test('an abort without a network settles, is told when there is one, and is remembered until then', async () => {
    vi.useFakeTimers();
    let isOnline = true;
    let comeBack: () => void = () => undefined;
    const back = new Promise<void>((resolve) => (comeBack = resolve));
    const network: Network = {
      isOnline: () => isOnline,
      online: (signal) => (signal ? abortable(back, signal) : back),
    };
    const memory = fakeMemory();
    const upload = service.uploader({ network, memory }).upload(numbered(50), details);
    service.onPut = () => {
      isOnline = false;
      throw new TransferError(0);
    };
    await soon(() => expect(isOnline).toBe(false));
    service.answerOnce(ABORT, () => Promise.reject(new TypeError('Failed to fetch')));
    upload.abort(new Error('changed my mind'));
    const outcome = expect(upload.done).rejects.toThrow('changed my mind');
    await soon(() => expect(service.calls().at(-1)).toBe(ABORT));
    await vi.advanceTimersByTimeAsync(10_000);
    await outcome;
    expect([service.calls().at(-1), (await memory.all()).length]).toEqual([ABORT, 1]);
    isOnline = true;
    comeBack();
    await soon(() => expect(service.calls().filter((call) => call === ABORT)).toHaveLength(2));
    await soon(async () => expect(await memory.all()).toEqual([]));
  });

  test.each([
    ['the service refuses', () => refusal(404, 'upload_not_found'), 0],
    ['cannot be told', () => Promise.reject(new TypeError('Failed to fetch')), 1],
  ])('an abort that %s leaves so many uploads to discard later', async (_, answer, left) => {
    const memory = fakeMemory();
    const retry = { attempts: 1, baseDelay: 1, maxDelay: 1 };
    const uploader = service.uploader({ memory, retry });
    const controller = new AbortController();
    service.onPut = () => controller.abort(new Error('changed my mind'));
    service.answerOnce(ABORT, answer);
    const { done } = uploader.upload(numbered(5), { ...details, signal: controller.signal });
    await expect(done).rejects.toThrow('changed my mind');
    expect([(await memory.all()).length, (await uploader.unfinished()).length]).toEqual([left, left]);
  });

  test('an abort that is refused long after nobody waits for it any more disturbs nobody', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    service.onPut = () => controller.abort(new Error('changed my mind'));
    let refuse: (answer: Response) => void = () => undefined;
    service.answerOnce(ABORT, () => new Promise((resolve) => (refuse = resolve)));
    const { done } = service.uploader().upload(numbered(5), { ...details, signal: controller.signal });
    const outcome = expect(done).rejects.toThrow('changed my mind');
    await vi.advanceTimersByTimeAsync(10_000);
    await outcome;
    refuse(refusal(403, 'forbidden'));
    await vi.advanceTimersByTimeAsync(1);
  });

  test('an abort while the upload is opened ends nothing, as there is nothing', async () => {
    const controller = new AbortController();
    service.answerOnce(INIT, () => {
      controller.abort(new Error('changed my mind'));
      return refusal(503, 'down');
    });
    const { done } = service.uploader().upload(numbered(5), { ...details, signal: controller.signal });
    await expect(done).rejects.toThrow('changed my mind');
    expect(service.calls()).toEqual([INIT]);
  });

  test('an abort beforehand sends nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(service.uploader().upload(numbered(5), { ...details, signal }).done).rejects.toThrow();
    expect(service.calls()).toEqual([]);
  });
});

describe('pausing', () => {
  test('lets what is under way arrive, and begins nothing more until it is resumed', async () => {
    const stages: string[] = [];
    const upload = service
      .uploader({ connections: [1, 1] })
      .upload(numbered(35), { ...details, onStage: (stage) => stages.push(stage) });
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 2) upload.pause();
    };
    await soon(() => expect(service.stored.size).toBe(3));
    await settled();
    expect([upload.paused, [...service.stored.keys()], service.calls()]).toEqual([
      true,
      [0, 1, 2],
      [INIT, SIGN],
    ]);
    service.onPut = () => undefined;
    upload.resume();
    await upload.done;
    expect(service.puts).toEqual([0, 1, 2, 3]);
    expect(stages.slice(0, 6)).toEqual([
      'waiting',
      'uploading',
      'paused',
      'waiting',
      'uploading',
      'completing',
    ]);
  });

  test('what does not arrive in time is stopped, gives its bytes back, and is sent again', async () => {
    vi.useFakeTimers();
    service.onPut = ({ chunk, signal, onBytes }) => {
      if (chunk.chunk_index !== 2) return;
      onBytes(9);
      return new Promise((_, no) => signal?.addEventListener('abort', () => no(signal.reason as Error)));
    };
    const seen: number[] = [];
    const upload = service
      .uploader({ connections: [1, 1] })
      .upload(numbered(35), { ...details, onProgress: ({ sent }) => seen.push(sent) });
    await soon(() => expect(seen.at(-1)).toBe(29));
    upload.pause();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(seen.at(-1)).toBe(29);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([seen.at(-1), [...service.stored.keys()]]).toEqual([20, [0, 1]]);
    service.onPut = () => undefined;
    upload.resume();
    await upload.done;
    expect(service.puts).toEqual([0, 1, 2, 2, 3]);
  });

  test('gives the turn to other files, and the connections of what never arrives too', async () => {
    const uploader = service.uploader({ filesAtOnce: 2, connections: [2, 2] });
    service.onPut = () => new Promise(() => undefined);
    const paused = [1, 2].map(() => uploader.upload(numbered(35), details));
    await soon(() => expect(service.puts).toHaveLength(2));
    for (const upload of paused) upload.pause();
    service.onPut = () => undefined;
    await expect(uploader.upload(numbered(5), details).done).resolves.toMatchObject({ id: FILE_ID });
  });

  test('a file that is resumed is the next one', async () => {
    const uploader = service.uploader({ filesAtOnce: 1, connections: [1, 1] });
    const letGo: (() => void)[] = [];
    service.onPut = () => new Promise((resolve) => letGo.push(resolve));
    const order: string[] = [];
    const send = (name: string) =>
      uploader.upload(numbered(15), { filename: name, onStored: () => order.push(name) });
    const first = send('first');
    await soon(() => expect(letGo).toHaveLength(1));
    const others = [send('second'), send('third')];
    first.pause();
    letGo[0]?.();
    await soon(() => expect(letGo).toHaveLength(2));
    first.resume();
    service.onPut = () => undefined;
    letGo[1]?.();
    await Promise.all([first, ...others].map(({ done }) => done));
    expect(order).toEqual(['second', 'first', 'third']);
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
    await settled();
    upload.abort(new Error('changed my mind'));
    await expect(upload.done).rejects.toThrow('changed my mind');
    expect(service.calls()).toEqual([]);
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

describe('what is seen of the line', () => {
  test('without a network the stage says so, and the speed goes down to nothing', async () => {
    vi.useFakeTimers();
    let isOnline = true;
    const network: Network = { isOnline: () => isOnline, online: () => new Promise(() => undefined) };
    const seen: unknown[] = [];
    const upload = service.uploader({ network }).upload(numbered(35), {
      ...details,
      onStage: (stage) => seen.push(stage),
      onProgress: ({ speed }) => seen.push(speed),
    });
    service.onPut = ({ onBytes }) => {
      onBytes(5);
      return new Promise(() => undefined);
    };
    await soon(() => expect(service.puts.length).toBeGreaterThan(1));
    await service.clock.sleep(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen.at(-1)).toBeGreaterThan(0);
    isOnline = false;
    await service.clock.sleep(9000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen.slice(-2)).toEqual(['offline', 0]);
    upload.pause();
    expect(upload.paused).toBe(true);
  });
});

describe('what is told while nothing happens', () => {
  /** An upload whose first part stands still, on a line that the test cuts and mends. */
  async function standing() {
    vi.useFakeTimers();
    const line = { isOnline: true };
    const network: Network = { isOnline: () => line.isOnline, online: () => new Promise(() => undefined) };
    let goOn: () => void = () => undefined;
    service.onPut = () => new Promise((resolve) => (goOn = resolve));
    const seen: unknown[] = [];
    const upload = service.uploader({ network }).upload(numbered(5), {
      ...details,
      onStage: (stage) => seen.push(stage),
      onProgress: ({ sent }) => seen.push(sent),
    });
    await soon(() => expect(service.puts).toEqual([0]));
    seen.length = 0;
    return { line, seen, upload, goOn: () => goOn() };
  }

  test('how far it is, each second, and whether there is a network', async () => {
    const { line, seen, upload, goOn } = await standing();
    for (const isOnline of [true, false, false, true]) {
      line.isOnline = isOnline;
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(seen).toEqual([0, 'offline', 0, 0, 'uploading', 0]);
    goOn();
    await vi.advanceTimersByTimeAsync(1);
    await upload.done;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('nothing any more while the file is made', async () => {
    const { line, seen, goOn } = await standing();
    service.answerOnce(COMPLETE, () => new Promise(() => undefined));
    goOn();
    await soon(() => expect(seen.at(-1)).toBe('completing'));
    seen.length = 0;
    line.isOnline = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual([]);
  });
});

describe('a page that a server does not accept', () => {
  const refused = { isReachable: () => Promise.resolve(true) };

  test('is told so after four tries, where storage is there and not a byte leaves', async () => {
    service.onPut = ({ onBytes }) => {
      onBytes(0);
      throw new TransferError(0);
    };
    const upload = service.uploader(refused).upload(numbered(5), details);
    await expect(upload.done).rejects.toMatchObject({
      code: 'storage_refuses_origin',
      cause: expect.any(TransferError) as unknown,
      message: expect.stringContaining('CORS') as string,
    });
    expect(service.puts).toEqual([0, 0, 0, 0]);
  });

  test.each([
    ['bytes leave', (transfer: Transfer) => transfer.onBytes(1)],
    ['storage gives an answer', () => undefined],
  ])('is another matter where %s', async (reason, before) => {
    let tries = 0;
    service.onPut = (transfer) => {
      before(transfer);
      if ((tries += 1) < 6) throw new TransferError(reason.startsWith('bytes') ? 0 : 503);
    };
    await service.uploader(refused).upload(numbered(5), details).done;
    expect(tries).toBe(6);
  });

  test('is another matter once a part has arrived', async () => {
    failPuts(5, 1);
    await service.uploader(refused).upload(numbered(15), details).done;
    expect(service.puts.filter((index) => index === 1)).toHaveLength(6);
  });

  test('is told so of the service too', async () => {
    const fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    const uploader = service.uploader({ ...refused, fetch, endpoint: 'https://files.example' });
    await expect(uploader.upload(numbered(5), details).done).rejects.toMatchObject({
      code: 'service_refuses_origin',
      message: expect.stringContaining('CORS_ORIGINS') as string,
    });
    expect(service.clock.slept).toHaveLength(3);
  });
});

describe('helpers of the browser that do not answer', () => {
  const never = () => new Promise<never>(() => undefined);
  const mute = { all: never, remember: never, forget: never };

  test.each([
    ['memory', { memory: mute }],
    ['locks', { locks: { take: never, taken: never } }],
    [
      'anything, and fail at once',
      { memory: { ...mute, all: () => Promise.reject(new Error('SecurityError')) }, locks: fakeLocks() },
    ],
  ])('an upload goes on without: %s', async (_, options) => {
    vi.useFakeTimers();
    const { done } = service.uploader(options).upload(numbered(5), details);
    await vi.advanceTimersByTimeAsync(3_000);
    await expect(done).resolves.toMatchObject({ id: FILE_ID });
  });

  test('a lock that comes late is kept as long as the upload', async () => {
    vi.useFakeTimers();
    let grant: (release: () => void) => void = () => undefined;
    const release = vi.fn();
    const locks = {
      take: () => new Promise<() => void>((resolve) => (grant = resolve)),
      taken: () => Promise.resolve([]),
    };
    let letGo: () => void = () => undefined;
    service.onPut = () => new Promise((resolve) => (letGo = resolve));
    const { done } = service.uploader({ locks }).upload(numbered(5), details);
    await vi.advanceTimersByTimeAsync(2_000);
    grant(release);
    await vi.advanceTimersByTimeAsync(1);
    expect(release).not.toHaveBeenCalled();
    letGo();
    await vi.advanceTimersByTimeAsync(1);
    await done;
    expect(release).toHaveBeenCalledOnce();
  });
});

describe('a file that changes while it is sent', () => {
  /** Sends a file whose second part is in storage as it was before it changed. */
  const sendChanging = (compareAfterwards: boolean, memory = fakeMemory()) => {
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 3) service.stored.set(1, new Blob(['as it was!']));
    };
    const file = new File([numbered(35)], 'cargo.bin');
    const options = { compareAfterwards, memory, hasher: hashOf, connections: [1, 1] as const };
    return service.uploader(options).upload(file, details).done;
  };

  test('is no file, where the browser would store a mixture; the upload can be carried on with', async () => {
    const memory = fakeMemory();
    await expect(sendChanging(true, memory)).rejects.toThrow(UnreadableError);
    expect(service.calls()).not.toContain(COMPLETE);
    expect(await memory.all()).toHaveLength(1);
  });

  test('is left to a browser that notices by itself', async () => {
    await sendChanging(false);
    expect(service.calls()).not.toContain(RESUME);
  });

  test('one that stays as it is costs one question', async () => {
    const stages: string[] = [];
    const onStage = (stage: string) => stages.push(stage);
    const options = { compareAfterwards: true, hasher: hashOf };
    await service.uploader(options).upload(new File([numbered(35)], 'cargo.bin'), { ...details, onStage })
      .done;
    expect(service.calls().filter((call) => call === RESUME)).toHaveLength(1);
    expect(stages.slice(0, 4)).toEqual(['waiting', 'uploading', 'comparing', 'completing']);
  });

  test('is compared no further while it is paused', async () => {
    const hashed: number[] = [];
    const hasher: Hasher = (blob, algorithm) => {
      if (hashed.push(blob.size) === 1) upload.pause();
      return hashOf(blob, algorithm);
    };
    const file = new File([numbered(35)], 'cargo.bin');
    const upload = service.uploader({ compareAfterwards: true, hasher }).upload(file, details);
    await soon(() => expect(hashed).toHaveLength(1));
    await settled();
    expect(hashed).toEqual([10]);
    upload.resume();
    await upload.done;
    expect(hashed).toEqual([10, 10, 10, 5]);
  });

  test('and could not be compared after it was sent is compared by the next try', async () => {
    service.answerOnce(RESUME, () => refusal(403, 'forbidden'));
    const uploader = service.uploader({ compareAfterwards: true, hasher: hashOf, connections: [1, 1] });
    const file = new File([numbered(35)], 'cargo.bin');
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 3) service.stored.set(1, new Blob(['as it was!']));
    };
    let session: UploadSession | undefined;
    const first = uploader.upload(file, { ...details, onSession: (opened) => (session = opened) });
    await expect(first.done).rejects.toMatchObject({ code: 'forbidden' });
    await expect(uploader.upload(file, { ...details, session }).done).rejects.toThrow(UnreadableError);
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('and has become shorter is not tried again', async () => {
    failPuts(99, 1);
    const shorter = numbered(12);
    vi.spyOn(shorter, 'size', 'get').mockReturnValue(15);
    await expect(service.uploader().upload(shorter, details).done).rejects.toThrow(UnreadableError);
  });
});

describe('after a reload', () => {
  /** What one page leaves when it is closed half-way, and another page's engine with the same memory. */
  async function closedHalfway(options: Partial<UploaderOptions> = {}): Promise<Uploader> {
    const memory = fakeMemory();
    const shared = { memory, hasher: hashOf, connections: [1, 1] as const, ...options };
    const upload = service.uploader(shared).upload(numbered(35), details);
    service.onPut = ({ chunk }) => (chunk.chunk_index === 2 ? new Promise(() => undefined) : undefined);
    await soon(() => expect(service.puts).toEqual([0, 1, 2]));
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

  test.each([
    ['is the one that was left', 7, [ABORT]],
    ['may be another', 8, []],
  ])('an abort while a file is compared that %s', async (_, lastModified, aborts) => {
    const memory = fakeMemory();
    const file = (at: number) => new File([numbered(35)], 'cargo.bin', { lastModified: at });
    const shared = { memory, connections: [1, 1] as const };
    const left = service.uploader({ ...shared, hasher: hashOf }).upload(file(7), details);
    service.onPut = ({ chunk }) => (chunk.chunk_index === 2 ? new Promise(() => undefined) : undefined);
    await soon(() => expect(service.puts).toEqual([0, 1, 2]));
    left.pause();
    const controller = new AbortController();
    const hasher: Hasher = (blob, algorithm) => {
      controller.abort(new Error('changed my mind'));
      return hashOf(blob, algorithm);
    };
    const upload = service.uploader({ ...shared, hasher }).upload(file(lastModified), {
      ...details,
      signal: controller.signal,
    });
    await expect(upload.done).rejects.toThrow('changed my mind');
    expect(service.calls().filter((call) => call === ABORT)).toEqual(aborts);
    expect(await memory.all()).toHaveLength(1 - aborts.length);
  });

  test('an abort while it is compared with what became a file meanwhile is thrown as its reason', async () => {
    const memory = fakeMemory();
    const file = new File([numbered(35)], 'cargo.bin', { lastModified: 7 });
    const shared = { memory, connections: [1, 1] as const };
    const left = service.uploader({ ...shared, hasher: hashOf }).upload(file, details);
    service.onPut = ({ chunk }) => (chunk.chunk_index === 2 ? new Promise(() => undefined) : undefined);
    await soon(() => expect(service.puts).toEqual([0, 1, 2]));
    left.pause();
    service.answerOnce(ABORT, () => refusal(409, 'upload_completed'));
    const upload = service
      .uploader({ ...shared, hasher: () => new Promise(() => undefined) })
      .upload(file, details);
    await soon(() => expect(upload.stage).toBe('comparing'));
    upload.abort(new Error('changed my mind'));
    await expect(upload.done).rejects.toThrow('changed my mind');
    expect(service.calls().at(-1)).toBe(ABORT);
  });

  test('an upload that is gone meanwhile is forgotten', async () => {
    const uploader = await closedHalfway();
    service.answerOnce(RESUME, () => refusal(409, 'upload_expired'));
    const different: unknown[] = [];
    await uploader.upload(numbered(35), { ...details, onDifferent: (event) => different.push(event) }).done;
    expect([service.bodies(INIT).length, different]).toEqual([2, []]);
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
  async function failedHalfway(options: Partial<UploaderOptions> = {}) {
    failPuts(99, 2);
    const file = new File([numbered(35)], 'cargo.bin');
    let session: UploadSession | undefined;
    const retry = { attempts: 1, baseDelay: 1, maxDelay: 1 };
    const shared = { retry, connections: [1, 1] as const, memory: fakeMemory(), hasher: hashOf };
    const uploader = service.uploader({ ...shared, ...options });
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
    service.answerOnce(RESUME, () => refusal(409, code));
    await again();
    expect(service.bodies(INIT)).toHaveLength(2);
    expect(service.puts).toHaveLength(4);
  });

  test.each(['file_already_uploaded', 'file_in_progress'])('%s needs no more bytes', async (code) => {
    const { again } = await failedHalfway({ compareAfterwards: true });
    service.stored.set(2, numbered(10)).set(3, numbered(5));
    service.answerOnce(RESUME, () => refusal(400, code));
    await again();
    expect(service.puts).toEqual([]);
    expect(service.bodies(RESUME)).toHaveLength(1);
  });

  test('what else goes wrong there is thrown', async () => {
    const { again } = await failedHalfway();
    service.answerOnce(RESUME, () => refusal(403, 'forbidden'));
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
    service.answerOnce(RESUME, () => refusal(400, 'file_already_uploaded'));
    const inits = service.bodies(INIT).length;
    await again();
    expect(service.bodies(INIT)).toHaveLength(inits + 1);
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
    await soon(() => expect(service.puts).toContain(0));
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

  test('what became a file unheard of is sent again: it may be another of the same name, size and time', async () => {
    const memory = fakeMemory();
    service.answerOnce(COMPLETE, () => new Promise(() => undefined));
    const file = (letter: string) => new File([letter.repeat(35)], 'data.bin', { lastModified: 1000 });
    service.uploader({ memory }).upload(file('A'));
    await soon(() => expect(service.calls()).toContain(COMPLETE));
    service.stored.clear();
    service.answerOnce(RESUME, () => refusal(400, 'file_already_uploaded'));
    await service.uploader({ memory }).upload(file('B')).done;
    expect(await service.content()).toBe('B'.repeat(35));
    expect(service.bodies(INIT)).toHaveLength(2);
  });
});

test('an unreachable API ends in an error that says so', async () => {
  const fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  const retry = { attempts: 2, baseDelay: 1, maxDelay: 1 };
  const upload = service.uploader({ fetch, retry }).upload(numbered(5), details).done;
  await expect(upload).rejects.toThrow(UnreachableError);
});

describe('an uploader as it comes', () => {
  test.each([
    [
      'Firefox, which does not notice that a file changes, compares',
      'Mozilla/5.0 Gecko/20100101 Firefox/140.0',
      1,
    ],
    ['a browser that notices does not', 'Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0', 0],
    ['where nobody says which it is, none does', undefined, 0],
  ])('%s', async (_, userAgent, compared) => {
    vi.stubGlobal('navigator', { userAgent, onLine: true });
    await service.uploader({ hasher: hashOf }).upload(new File([numbered(5)], 'cargo.bin')).done;
    expect(service.bodies(RESUME)).toHaveLength(compared);
  });

  test('works where there is no browser', async () => {
    vi.stubGlobal('navigator', undefined);
    await expect(service.uploader().upload(new File([numbered(5)], 'a')).done).resolves.toMatchObject({
      id: FILE_ID,
    });
  });

  test('has four files under way, and asks for 64 URLs at a time', async () => {
    service.chunkSize = 1;
    service.onPut = () => new Promise(() => undefined);
    const uploader = service.uploader();
    for (let file = 0; file < 6; file += 1) uploader.upload(numbered(200));
    await soon(() => expect(service.puts).toHaveLength(3));
    await settled();
    expect(service.bodies(INIT)).toHaveLength(4);
    expect((service.bodies(SIGN)[0] as { chunks: unknown[] }).chunks).toHaveLength(64);
  });

  test('its bandwidth may change at any time', async () => {
    service.stages = ['ready'];
    const uploader = service.uploader({ connections: [1, 1] });
    expect(uploader.bandwidth).toBeNull();
    uploader.bandwidth = 10;
    await uploader.upload(numbered(20), details).done;
    expect(service.clock.slept).toEqual([1000]);
  });

  test('finds out the verdict of a file by its id', async () => {
    const stages: string[] = [];
    const onStage = (stage: string) => stages.push(stage);
    const file = await service.uploader().awaitVerdict(FILE_ID, { pin: '1' }, { onStage });
    expect([file, stages]).toEqual([
      { id: FILE_ID, virus_scan_status: 'clean' },
      ['queued', 'scanning', 'ready'],
    ]);
    expect(service.requests.map(({ headers }) => headers.get('X-File-Credential'))).toContain('{"pin":"1"}');
  });

  test('an upload that was discarded can be had by another tab', async () => {
    const shared = { memory: fakeMemory(), locks: fakeLocks(), hasher: hashOf };
    const [here, there] = [service.uploader(shared), service.uploader(shared)];
    failPuts(99, 1);
    const retry = { attempts: 1, baseDelay: 1, maxDelay: 1 };
    const failing = service.uploader({ ...shared, retry });
    await expect(failing.upload(numbered(15), details).done).rejects.toThrow(TransferError);
    await failing.discard(UPLOAD_ID);
    expect([await here.unfinished(), await shared.locks.taken()]).toEqual([[], []]);
    service.onPut = () => undefined;
    await there.resume(UPLOAD_ID, numbered(15), details).done;
    expect(await shared.locks.taken()).toEqual([]);
  });

  test('names a file without a name «file», and tells listeners of its options alone', async () => {
    await service.uploader().upload(numbered(5)).done;
    await service.uploader().upload(new File([numbered(5)], 'its own.txt', { type: 'text/plain' })).done;
    expect(service.bodies(INIT)).toMatchObject([
      { filename: 'file', content_type: 'application/octet-stream' },
      { filename: 'its own.txt', content_type: 'text/plain' },
    ]);
  });
});
