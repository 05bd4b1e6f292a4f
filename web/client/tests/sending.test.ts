// @vitest-environment node
import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { TransferError, UnreadableError } from '../errors';
import type { Transfer } from '../transfer';
import type { UploadOptions } from '../uploader';
import { FakeService, FILE_ID, numbered, SIGN, soon, success } from './fakes';

const KIB = 1024;
let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

/** Progress as it was told. */
function watched(): { seen: number[]; options: UploadOptions } {
  const seen: number[] = [];
  return { seen, options: { onProgress: ({ sent }) => seen.push(sent) } };
}

describe('the bytes that are told', () => {
  test('are those of all parts, and of a part that fails they are taken back', async () => {
    const { seen, options } = watched();
    let fails = true;
    service.onPut = ({ chunk, onBytes }) => {
      if (chunk.chunk_index !== 1 || !fails) return;
      fails = false;
      onBytes(7);
      throw new TransferError(503);
    };
    await service.uploader({ connections: [1, 1] }).upload(numbered(15), options).done;
    expect(seen.filter((sent, at) => sent !== seen[at - 1])).toEqual([10, 15, 10, 15]);
  });

  test('are all of a part where its transport counts none', async () => {
    const { seen, options } = watched();
    await service
      .uploader({ transport: () => Promise.resolve() })
      .upload(numbered(10), options)
      .done.catch(() => undefined);
    expect(seen).toContain(10);
  });
});

describe('how many parts are under way', () => {
  test('three at first, and one more after a round of parts', async () => {
    service.onPut = ({ chunk }) => (chunk.chunk_index < 3 ? undefined : new Promise(() => undefined));
    service.uploader().upload(numbered(200));
    await soon(() => expect(service.puts).toHaveLength(7));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(service.puts).toHaveLength(7);
  });

  test('one less after a part that failed', async () => {
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 0) throw new TransferError(503);
      return new Promise(() => undefined);
    };
    service.uploader().upload(numbered(200));
    await soon(() => expect(service.puts).toEqual([0, 1, 2]));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(service.puts).toEqual([0, 1, 2]);
  });
});

test('a part that is over leaves nothing with the upload', async () => {
  const upload = service.uploader().upload(numbered(200));
  const { pauseSignal } = upload.pauseControl;
  await upload.done;
  // the turn's own
  expect(getEventListeners(pauseSignal, 'abort')).toHaveLength(1);
});

describe('how long a part is waited for', () => {
  const patiences: Transfer['timeouts'][] = [];
  beforeEach(() => {
    patiences.length = 0;
  });

  test('twice as long after it was not waited for long enough', async () => {
    service.onPut = ({ timeouts }) => {
      if (patiences.push(timeouts) === 1) throw new TransferError(0, 0, true);
    };
    await service.uploader().upload(numbered(5)).done;
    expect(patiences.map((timeouts) => timeouts?.stall)).toEqual([131_072, 262_144]);
  });

  test('no longer after it failed in another way', async () => {
    service.onPut = ({ timeouts }) => {
      if (patiences.push(timeouts) === 1) throw new TransferError(0);
    };
    await service.uploader().upload(numbered(5)).done;
    expect(patiences.map((timeouts) => timeouts?.stall)).toEqual([131_072, 131_072]);
  });

  test('as the line was seen to be', async () => {
    service.chunkSize = 300 * KIB;
    service.onPut = ({ timeouts }) => {
      patiences.push(timeouts);
      return service.clock.sleep(30_000);
    };
    await service.uploader({ connections: [1, 1] }).upload(new Blob([new Uint8Array(600 * KIB)])).done;
    expect(patiences.map((timeouts) => timeouts?.stall)).toEqual([131_072, 409_600]);
  });
});

test('the bandwidth cap holds the parts back', async () => {
  service.stages = ['ready'];
  const uploader = service.uploader({ bandwidth: 5, connections: [1, 1] });
  await uploader.upload(numbered(30)).done;
  expect(service.clock.slept).toEqual([2000, 2000]);
  expect(uploader.bandwidth).toBe(5);
});

test('whether a URL is about to expire goes by the clock of the service', async () => {
  const usual = service.fetch;
  const aheadBy = async (seconds: number) => {
    const fetch: FakeService['fetch'] = async (path, init) => {
      const answer = await usual(path, init);
      answer.headers.set('Date', new Date(service.clock.now() + seconds * 1000).toUTCString());
      return answer;
    };
    service.requests.length = 0;
    await service.uploader({ fetch }).upload(numbered(5)).done;
    return service.bodies(SIGN).length;
  };
  expect([await aheadBy(3590), await aheadBy(3596)]).toEqual([0, 1]);
});

test('parts are sent in their order, whatever order they were found missing in', async () => {
  service.stages = ['ready'];
  const uploader = service.uploader({ connections: [1, 1] });
  service.answerOnce('POST /file/upload/complete/', () =>
    Response.json(
      { code: 'chunks_missing', message: '', errors: [], success: false, missing: [2, 0] },
      { status: 409 },
    ),
  );
  await uploader.upload(numbered(25)).done;
  expect(service.puts).toEqual([0, 1, 2, 0, 2]);
});

describe('after a part that failed the file is read', () => {
  /** A file of five bytes of which the parts that `isThere` denies have no bytes any more. */
  function shrunken(isThere: (start: number) => boolean): Blob {
    const file = numbered(5);
    const slice = file.slice.bind(file);
    vi.spyOn(file, 'slice').mockImplementation((start, end) =>
      isThere(start ?? 0) ? slice(start, end) : new Blob(),
    );
    return file;
  }
  const failOnce = () => {
    let tries = 0;
    service.onPut = () => {
      if ((tries += 1) === 1) throw new TransferError(503);
    };
  };

  test.each([
    ['its first byte is gone', (start: number) => start !== 0],
    ['its last byte is gone', (start: number) => start !== 4],
  ])('and where %s it is not tried again', async (_, isThere) => {
    failOnce();
    await expect(service.uploader().upload(shrunken(isThere)).done).rejects.toThrow(UnreadableError);
    expect(service.puts).toEqual([0]);
  });

  test.each([0, 1, 5])('and where its %i bytes are there it is tried again', async (size) => {
    failOnce();
    await expect(service.uploader().upload(numbered(size)).done).resolves.toMatchObject({ id: FILE_ID });
    expect(service.puts).toEqual([0, 0]);
  });
});

test('a URL of storage that moved is no reason to suspect it', async () => {
  // every signed URL is another one, and storage is asked after by its origin alone
  const asked: string[] = [];
  const isReachable = (url: string) => Promise.resolve(void asked.push(url)).then(() => false);
  let tries = 0;
  service.onPut = () => {
    if ((tries += 1) < 5) throw new TransferError(0);
  };
  await service.uploader({ isReachable }).upload(numbered(5)).done;
  expect(new Set(asked)).toEqual(new Set(['https://storage.test']));
});

test('an empty file that does not arrive is not suspected: no byte of it can leave', async () => {
  let tries = 0;
  service.onPut = () => {
    if ((tries += 1) < 7) throw new TransferError(0);
  };
  await service.uploader({ isReachable: () => Promise.resolve(true) }).upload(numbered(0)).done;
  expect(service.puts).toHaveLength(7);
});

test('a pause while a part waits for its turn sends nothing', async () => {
  let sign: (answer: Response) => void = () => undefined;
  const upload = service.uploader({ checksum: null, connections: [1, 1] }).upload(numbered(25));
  service.answerOnce(SIGN, () => new Promise((resolve) => (sign = resolve)));
  await soon(() => expect(service.calls()).toContain(SIGN));
  await soon(() => expect(service.puts).toEqual([0, 1]));
  upload.pause();
  sign(success({ upload_id: 'u', chunks: [service.sign(2)] }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(service.puts).toEqual([0, 1]);
  upload.resume();
  await upload.done;
  expect(service.puts).toEqual([0, 1, 2]);
});
