// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { TransferError } from '../../api/errors';
import { hashOf } from '../../hash/hash';
import {
  details,
  FakeService,
  fakeLocks,
  fakeMemory,
  FILE_ID,
  INIT,
  numbered,
  RESUME,
  settled,
  SIGN,
  UPLOAD_ID,
} from '../fakes';
import { soon } from '../soon';

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe('the default options', () => {
  test.each([
    ['Firefox, which does not detect changes, compares', 'Mozilla/5.0 Gecko/20100101 Firefox/140.0', 1],
    ['a browser that detects changes does not', 'Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0', 0],
    ['without a user agent nothing is compared', undefined, 0],
  ])('%s', async (_, userAgent, compared) => {
    vi.stubGlobal('navigator', { userAgent, onLine: true });
    await service.uploader({ hasher: hashOf }).upload(new File([numbered(5)], 'report.bin')).done;
    expect(service.bodies(RESUME)).toHaveLength(compared);
  });

  test('work without a browser', async () => {
    vi.stubGlobal('navigator', undefined);
    await expect(service.uploader().upload(new File([numbered(5)], 'a')).done).resolves.toMatchObject({
      id: FILE_ID,
    });
  });

  test('four parallel files, 64 URLs per request', async () => {
    service.chunkSize = 1;
    service.onPut = () => new Promise(() => undefined);
    const uploader = service.uploader();
    for (let file = 0; file < 6; file += 1) uploader.upload(numbered(200));
    await soon(() => expect(service.puts).toHaveLength(3));
    await settled();
    expect(service.bodies(INIT)).toHaveLength(4);
    expect((service.bodies(SIGN)[0] as { chunks: unknown[] }).chunks).toHaveLength(64);
  });

  test('the bandwidth can be changed at any time', async () => {
    service.stages = ['ready'];
    const uploader = service.uploader({ connections: [1, 1] });
    expect(uploader.bandwidth).toBeNull();
    uploader.bandwidth = 10;
    await uploader.upload(numbered(20), details).done;
    expect(service.clock.slept).toEqual([1000]);
  });

  test('awaitVerdict() returns a file by its id', async () => {
    const stages: string[] = [];
    const onStage = (stage: string) => stages.push(stage);
    const file = await service.uploader().awaitVerdict(FILE_ID, { pin: '1' }, { onStage });
    expect([file, stages]).toEqual([
      { id: FILE_ID, virus_scan_status: 'clean' },
      ['queued', 'scanning', 'ready'],
    ]);
    expect(service.requests.map(({ headers }) => headers.get('X-File-Credential'))).toContain('{"pin":"1"}');
  });

  test('awaitVerdict() needs no listener', async () => {
    const file = await service.uploader().awaitVerdict(FILE_ID);
    expect(file).toEqual({ id: FILE_ID, virus_scan_status: 'clean' });
  });

  test('another tab can use a discarded upload', async () => {
    const shared = { memory: fakeMemory(), locks: fakeLocks(), hasher: hashOf };
    const [here, there] = [service.uploader(shared), service.uploader(shared)];
    service.failPuts(99, 1);
    const retry = { attempts: 1, baseDelay: 1, maxDelay: 1 };
    const failing = service.uploader({ ...shared, retry });
    await expect(failing.upload(numbered(15), details).done).rejects.toThrow(TransferError);
    await failing.discard(UPLOAD_ID);
    expect([await here.unfinished(), await shared.locks.taken()]).toEqual([[], []]);
    service.onPut = () => undefined;
    await there.resume(UPLOAD_ID, numbered(15), details).done;
    expect(await shared.locks.taken()).toEqual([]);
  });

  test('a file without a name is called file', async () => {
    await service.uploader().upload(numbered(5)).done;
    await service.uploader().upload(new File([numbered(5)], 'its own.txt', { type: 'text/plain' })).done;
    expect(service.bodies(INIT)).toMatchObject([
      { filename: 'file', content_type: 'application/octet-stream' },
      { filename: 'its own.txt', content_type: 'text/plain' },
    ]);
  });
});

describe('browser features that do not answer', () => {
  const never = () => new Promise<never>(() => undefined);
  const mute = { all: never, remember: never, forget: never };

  test.each([
    ['memory', { memory: mute }],
    ['locks', { locks: { take: never, taken: never } }],
    [
      'memory that fails at once',
      { memory: { ...mute, all: () => Promise.reject(new Error('SecurityError')) }, locks: fakeLocks() },
    ],
  ])('an upload works without: %s', async (_, options) => {
    vi.useFakeTimers();
    const { done } = service.uploader(options).upload(numbered(5), details);
    await vi.advanceTimersByTimeAsync(3_000);
    await expect(done).resolves.toMatchObject({ id: FILE_ID });
  });

  test('a late lock is kept until the upload ends', async () => {
    vi.useFakeTimers();
    let grant: (release: () => void) => void = () => undefined;
    const release = vi.fn();
    const locks = {
      take: () => new Promise<() => void>((resolve) => (grant = resolve)),
      taken: () => Promise.resolve([]),
    };
    let finishPut: () => void = () => undefined;
    service.onPut = () => new Promise((resolve) => (finishPut = resolve));
    const { done } = service.uploader({ locks }).upload(numbered(5), details);
    await vi.advanceTimersByTimeAsync(2_000);
    grant(release);
    await vi.advanceTimersByTimeAsync(1);
    expect(release).not.toHaveBeenCalled();
    finishPut();
    await vi.advanceTimersByTimeAsync(1);
    await done;
    expect(release).toHaveBeenCalledOnce();
  });
});
