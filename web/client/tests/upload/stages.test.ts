// @vitest-environment node
import { beforeEach, describe, expect, test } from 'vitest';
import { TransferError } from '../../api/errors';
import { COMPLETE, details, FakeService, INIT, numbered, onlineNetwork, refusal } from '../fakes';
import { soon } from '../soon';

let service: FakeService;
let seen: string[];
beforeEach(() => {
  service = new FakeService();
  seen = [];
});

const upload = (size = 5, options = {}) =>
  service
    .uploader(options)
    .upload(numbered(size), { ...details, onStage: (stage: string) => seen.push(stage) });

const AFTER = ['completing', 'queued', 'scanning', 'ready'];

describe('the stage `retrying`', () => {
  test('a part that fails, until its bytes move again', async () => {
    service.failPuts(2, 0);
    await upload().done;
    expect(seen).toEqual(['waiting', 'uploading', 'retrying', 'uploading', ...AFTER]);
  });

  test('a part without bytes', async () => {
    service.failPuts(1, 0);
    await upload(0).done;
    expect(seen).toEqual(['waiting', 'uploading', 'retrying', ...AFTER]);
  });

  test.each([
    [INIT, ['waiting', 'uploading', 'retrying', 'uploading', ...AFTER]],
    [COMPLETE, ['waiting', 'uploading', 'completing', 'retrying', ...AFTER]],
  ])('a call that fails: %s', async (call, stages) => {
    service.answerOnce(call, () => refusal(503, 'database_unavailable'));
    await upload().done;
    expect(seen).toEqual(stages);
  });

  test('is over once the service refuses the call', async () => {
    service.answerOnce(INIT, () => refusal(503, 'database_unavailable'));
    service.answerOnce(INIT, () => refusal(422, 'validation_failed'));
    const failed = upload();
    await expect(failed.done).rejects.toThrow();
    expect([seen, failed.stage]).toEqual([['waiting', 'uploading', 'retrying', 'uploading'], 'uploading']);
  });
});

test('a call without a network has the stage `offline` at once', async () => {
  let back: () => void = () => undefined;
  const network = { isOnline: () => false, online: () => new Promise<void>((resolve) => (back = resolve)) };
  service.answerOnce(INIT, () => Promise.reject(new TypeError('Failed to fetch')));
  const waiting = upload(5, { network });
  await soon(() => expect(waiting.stage).toBe('offline'));
  back();
  await waiting.done;
  expect(seen).toEqual(['waiting', 'uploading', 'offline', 'uploading', ...AFTER]);
});

test('a pause during a retry, and its end', async () => {
  let fails = true;
  service.onPut = () => {
    if (fails) throw new TransferError(0);
  };
  const clock = {
    now: () => service.clock.now(),
    sleep: () => new Promise<void>((wake) => setTimeout(wake, 1)),
  };
  const retried = upload(5, {
    clock,
    network: onlineNetwork,
    retry: { attempts: 1000, baseDelay: 0, maxDelay: 0 },
  });
  await soon(() => expect(retried.stage).toBe('retrying'));
  retried.pause();
  fails = false;
  retried.resume();
  await retried.done;
  expect(seen.slice(0, 4)).toEqual(['waiting', 'uploading', 'retrying', 'paused']);
  expect(seen.slice(-4)).toEqual(AFTER);
});
