// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, TransferError, UnreachableError } from '../../api/errors';
import type { Transfer } from '../../transfer/transfer';
import type { UploadSession } from '../../upload/upload';
import {
  ABORT,
  COMPLETE,
  details,
  FakeClock,
  FakeService,
  fakeMemory,
  FILE_ID,
  INIT,
  numbered,
  refusal,
  RESUME,
  SIGN,
} from '../fakes';

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe('retries and failures', () => {
  test('a failed PUT is retried with a fresh URL', async () => {
    const urls: string[] = [];
    service.failPuts(2, 1);
    const put = service.onPut;
    service.onPut = (transfer) => {
      if (transfer.chunk.chunk_index === 1) urls.push(transfer.chunk.url);
      return put(transfer);
    };
    await service.uploader().upload(numbered(20), details).done;
    expect(new Set(urls).size).toBe(3);
    expect(await service.content()).toBe(await numbered(20).text());
  });

  test('the waits double', async () => {
    service.failPuts(4, 0);
    service.stages = ['ready'];
    await service.uploader().upload(numbered(5), details).done;
    expect(service.clock.slept).toEqual([250, 500, 1000, 2000]);
  });

  test('after the last attempt the upload fails, but stays open', async () => {
    service.failPuts(99, 0);
    const retry = { attempts: 3, baseDelay: 1, maxDelay: 1 };
    await expect(service.uploader({ retry }).upload(numbered(5), details).done).rejects.toThrow(
      TransferError,
    );
    expect(service.puts).toEqual([0, 0, 0]);
    expect(service.calls()).not.toContain(ABORT);
  });

  test('an unreadable file is not retried', async () => {
    service.failPuts(99, 0);
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

  test('chunks that are missing at complete are sent again', async () => {
    service.answerOnce(COMPLETE, () => refusal(409, 'chunks_missing', { missing: [1] }));
    await service.uploader().upload(numbered(20), details).done;
    expect(service.puts).toEqual([0, 1, 1]);
    expect(service.bodies(COMPLETE)).toHaveLength(2);
  });

  test('chunks that stay missing end in an error with their indexes', async () => {
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

  describe('parts that storage refuses at complete', () => {
    const refuseOnce = () => service.answerOnce(COMPLETE, () => refusal(409, 'size_mismatch'));

    test('temporarily: complete is repeated after growing waits, without sending a part again', async () => {
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

    test('always: the upload fails with the refusal, and a later try sends no bytes', async () => {
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

    test('because they are missing or have another size: only those are sent again', async () => {
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

    test('for an upload that was aborted: it fails with the refusal', async () => {
      refuseOnce();
      service.answerOnce(RESUME, () => refusal(409, 'upload_aborted'));
      const { done } = service.uploader().upload(numbered(20), details);
      await expect(done).rejects.toMatchObject({ code: 'size_mismatch' });
      expect(service.bodies(COMPLETE)).toHaveLength(1);
    });

    test('although the file was stored: the file is returned', async () => {
      refuseOnce();
      service.answerOnce(RESUME, () => refusal(400, 'file_in_progress'));
      const { done } = service.uploader().upload(numbered(20), details);
      await expect(done).resolves.toMatchObject({ id: FILE_ID });
      expect(service.puts).toEqual([0, 1]);
    });

    test('and does not list: the second refusal is thrown', async () => {
      refuseOnce();
      service.answerOnce(RESUME, () => refusal(403, 'forbidden'));
      const { done } = service.uploader().upload(numbered(20), details);
      await expect(done).rejects.toMatchObject({ code: 'forbidden' });
    });

    test('can be aborted during the wait', async () => {
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

  test.each(['etag_mismatch', 'quota_exceeded'])('%s is not retried', async (code) => {
    service.answerOnce(COMPLETE, () => refusal(409, code));
    await expect(service.uploader().upload(numbered(5), details).done).rejects.toMatchObject({ code });
    expect(service.bodies(COMPLETE)).toHaveLength(1);
  });

  test('a completion that takes longer than all attempts of a call is awaited', async () => {
    for (let n = 0; n < 25; n += 1)
      service.answerOnce(COMPLETE, () => refusal(409, 'completion_in_progress'));
    await expect(service.uploader().upload(numbered(5), details).done).resolves.toMatchObject({
      id: FILE_ID,
    });
  });

  test('a chunk that the service refuses to sign is not retried', async () => {
    for (let n = 0; n < 9; n += 1) service.answerOnce(SIGN, () => refusal(409, 'upload_expired'));
    await expect(service.uploader().upload(numbered(25), details).done).rejects.toMatchObject({
      code: 'upload_expired',
    });
    expect(service.bodies(SIGN)).toHaveLength(2);
  });

  test('a refusal of init is thrown and not retried', async () => {
    service.answerOnce(INIT, () => refusal(413, 'too_large'));
    await expect(service.uploader().upload(numbered(5), details).done).rejects.toMatchObject({
      status: 413,
      code: 'too_large',
      message: 'too_large, do something.',
    });
    expect(service.calls()).toEqual([INIT]);
  });

  test('an unreachable API is awaited while the verdict is pending', async () => {
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

test('an unreachable API ends in an UnreachableError', async () => {
  const fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  const retry = { attempts: 2, baseDelay: 1, maxDelay: 1 };
  const upload = service.uploader({ fetch, retry }).upload(numbered(5), details).done;
  await expect(upload).rejects.toThrow(UnreachableError);
});

describe('a refused origin', () => {
  const refused = { isReachable: () => Promise.resolve(true) };

  test('is reported after four attempts, when storage is reachable and no byte is sent', async () => {
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
    ['bytes are sent', (transfer: Transfer) => transfer.onBytes(1)],
    ['storage answers', () => undefined],
  ])('is not assumed where %s', async (reason, before) => {
    let tries = 0;
    service.onPut = (transfer) => {
      before(transfer);
      if ((tries += 1) < 6) throw new TransferError(reason.startsWith('bytes') ? 0 : 503);
    };
    await service.uploader(refused).upload(numbered(5), details).done;
    expect(tries).toBe(6);
  });

  test('is not assumed once a part was stored', async () => {
    service.failPuts(5, 1);
    await service.uploader(refused).upload(numbered(15), details).done;
    expect(service.puts.filter((index) => index === 1)).toHaveLength(6);
  });

  test('is reported for the service too', async () => {
    const fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    const uploader = service.uploader({ ...refused, fetch, endpoint: 'https://files.example' });
    await expect(uploader.upload(numbered(5), details).done).rejects.toMatchObject({
      code: 'service_refuses_origin',
      message: expect.stringContaining('CORS_ORIGINS') as string,
    });
    expect(service.clock.slept).toHaveLength(3);
  });
});
