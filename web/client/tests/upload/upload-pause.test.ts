// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { TransferError } from '../../api/errors';
import type { Network } from '../../network/network';
import { COMPLETE, details, FakeService, FILE_ID, INIT, numbered, settled, SIGN } from '../fakes';
import { soon } from '../soon';

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe('pausing', () => {
  test('finishes parts under way, and starts no others until it is resumed', async () => {
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

  test('stops parts after the grace time, and sends them again', async () => {
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

  test('leaves its turn and its connections to other files', async () => {
    const uploader = service.uploader({ filesAtOnce: 2, connections: [2, 2] });
    service.onPut = () => new Promise(() => undefined);
    const paused = [1, 2].map(() => uploader.upload(numbered(35), details));
    await soon(() => expect(service.puts).toHaveLength(2));
    for (const upload of paused) upload.pause();
    service.onPut = () => undefined;
    await expect(uploader.upload(numbered(5), details).done).resolves.toMatchObject({ id: FILE_ID });
  });

  test('a resumed file gets the next turn', async () => {
    const uploader = service.uploader({ filesAtOnce: 1, connections: [1, 1] });
    const finishPut: (() => void)[] = [];
    service.onPut = () => new Promise((resolve) => finishPut.push(resolve));
    const order: string[] = [];
    const send = (name: string) =>
      uploader.upload(numbered(15), { filename: name, onStored: () => order.push(name) });
    const first = send('first');
    await soon(() => expect(finishPut).toHaveLength(1));
    const others = [send('second'), send('third')];
    first.pause();
    finishPut[0]?.();
    await soon(() => expect(finishPut).toHaveLength(2));
    first.resume();
    service.onPut = () => undefined;
    finishPut[1]?.();
    await Promise.all([first, ...others].map(({ done }) => done));
    expect(order).toEqual(['second', 'first', 'third']);
  });

  test('does nothing once all bytes are stored', async () => {
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

  test('before the start: sends nothing, and can be aborted', async () => {
    const upload = service.uploader().upload(numbered(35), details);
    upload.pause();
    await settled();
    upload.abort(new Error('changed my mind'));
    await expect(upload.done).rejects.toThrow('changed my mind');
    expect(service.calls()).toEqual([]);
  });
});

describe('a lost network', () => {
  test('is awaited without a limit, and uses up no attempts', async () => {
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

describe('an upload without a network', () => {
  test('has the stage offline, and its speed goes down to 0', async () => {
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

describe('events of a stalled upload', () => {
  /** An upload whose first part stands still, on a line that the test cuts and mends. */
  async function stalled() {
    vi.useFakeTimers();
    const line = { isOnline: true };
    const network: Network = { isOnline: () => line.isOnline, online: () => new Promise(() => undefined) };
    let continueUpload: () => void = () => undefined;
    service.onPut = () => new Promise((resolve) => (continueUpload = resolve));
    const seen: unknown[] = [];
    const upload = service.uploader({ network }).upload(numbered(5), {
      ...details,
      onStage: (stage) => seen.push(stage),
      onProgress: ({ sent }) => seen.push(sent),
    });
    await soon(() => expect(service.puts).toEqual([0]));
    seen.length = 0;
    return { line, seen, upload, continueUpload: () => continueUpload() };
  }

  test('progress every second, and stages of the network', async () => {
    const { line, seen, upload, continueUpload } = await stalled();
    for (const isOnline of [true, false, false, true]) {
      line.isOnline = isOnline;
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(seen).toEqual([0, 'offline', 0, 0, 'uploading', 0]);
    continueUpload();
    await vi.advanceTimersByTimeAsync(1);
    await upload.done;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a lost connection during complete changes no stage', async () => {
    const { line, seen, continueUpload } = await stalled();
    service.answerOnce(COMPLETE, () => new Promise(() => undefined));
    continueUpload();
    await soon(() => expect(seen.at(-1)).toBe('completing'));
    seen.length = 0;
    line.isOnline = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual([]);
  });
});
