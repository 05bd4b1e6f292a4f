// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { AlreadyStoredError, TransferError } from '../../api/errors';
import type { Network } from '../../network/network';
import { abortable } from '../../network/timeouts';
import {
  ABORT,
  COMPLETE,
  details,
  FakeService,
  fakeMemory,
  FILE_ID,
  INIT,
  numbered,
  refusal,
} from '../fakes';
import { soon } from '../soon';

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe('aborting', () => {
  test('during the transfer: aborts the upload and throws the reason', async () => {
    const controller = new AbortController();
    service.onPut = () => controller.abort(new Error('changed my mind'));
    const upload = service.uploader().upload(numbered(50), { ...details, signal: controller.signal }).done;
    await expect(upload).rejects.toThrow('changed my mind');
    expect(service.calls().at(-1)).toBe(ABORT);
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('after the file is stored: only stops waiting for the verdict', async () => {
    const controller = new AbortController();
    const upload = service.uploader().upload(numbered(5), {
      ...details,
      signal: controller.signal,
      onStored: () => controller.abort(),
    }).done;
    await expect(upload).rejects.toThrow();
    expect(service.calls()).not.toContain(ABORT);
  });

  test('too late: throws an AlreadyStoredError with the file', async () => {
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

  test('during complete: waits for its result', async () => {
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

  test('without an answer of the service: throws a timeout when the file may exist', async () => {
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

  test('without a network: rejects, stays in memory, and is sent when there is a network', async () => {
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
    ['the service refuses the abort', () => refusal(404, 'upload_not_found'), 0],
    ['the service is unreachable', () => Promise.reject(new TypeError('Failed to fetch')), 1],
  ])('when %s, the right number of uploads can be discarded later', async (_, answer, left) => {
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

  test('a late refusal causes no unhandled rejection', async () => {
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

  test('during init: sends no abort', async () => {
    const controller = new AbortController();
    service.answerOnce(INIT, () => {
      controller.abort(new Error('changed my mind'));
      return refusal(503, 'down');
    });
    const { done } = service.uploader().upload(numbered(5), { ...details, signal: controller.signal });
    await expect(done).rejects.toThrow('changed my mind');
    expect(service.calls()).toEqual([INIT]);
  });

  test('beforehand: sends nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(service.uploader().upload(numbered(5), { ...details, signal }).done).rejects.toThrow();
    expect(service.calls()).toEqual([]);
  });
});
