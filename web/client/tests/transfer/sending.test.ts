// @vitest-environment node
import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DifferentFileError, TransferError, UnreadableError } from '../../api/errors';
import type { Transfer } from '../../transfer/transfer';
import type { UploadOptions } from '../../upload/uploader';
import { COMPLETE, FakeService, FILE_ID, numbered, RESUME, SIGN, success } from '../fakes';
import { soon } from '../soon';

const KIB = 1024;
let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

/** Records the progress events. */
function watched(): { seen: number[]; options: UploadOptions } {
  const seen: number[] = [];
  return { seen, options: { onProgress: ({ sent }) => seen.push(sent) } };
}

describe('progress events', () => {
  test('contain the bytes of all parts, without those of failed parts', async () => {
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

  test('count a whole part when its transport reports no bytes', async () => {
    const { seen, options } = watched();
    await service
      .uploader({ transport: () => Promise.resolve() })
      .upload(numbered(10), options)
      .done.catch(() => undefined);
    expect(seen).toContain(10);
  });
});

describe('the number of parallel parts', () => {
  test('three at first, four after a round of parts', async () => {
    service.onPut = ({ chunk }) => (chunk.chunk_index < 3 ? undefined : new Promise(() => undefined));
    service.uploader().upload(numbered(200));
    await soon(() => expect(service.puts).toHaveLength(7));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(service.puts).toHaveLength(7);
  });

  test('one less after a failed part', async () => {
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

test('a finished part leaves no listener', async () => {
  const upload = service.uploader().upload(numbered(200));
  const { pauseSignal } = upload.pauseControl;
  await upload.done;
  // the one of Turn
  expect(getEventListeners(pauseSignal, 'abort')).toHaveLength(1);
});

describe('the timeouts of a part', () => {
  const seenTimeouts: Transfer['timeouts'][] = [];
  beforeEach(() => {
    seenTimeouts.length = 0;
  });

  test('double after a timeout', async () => {
    service.onPut = ({ timeouts }) => {
      if (seenTimeouts.push(timeouts) === 1) throw new TransferError(0, 0, true);
    };
    await service.uploader().upload(numbered(5)).done;
    expect(seenTimeouts.map((timeouts) => timeouts?.stall)).toEqual([131_072, 262_144]);
  });

  test('stay the same after another failure', async () => {
    service.onPut = ({ timeouts }) => {
      if (seenTimeouts.push(timeouts) === 1) throw new TransferError(0);
    };
    await service.uploader().upload(numbered(5)).done;
    expect(seenTimeouts.map((timeouts) => timeouts?.stall)).toEqual([131_072, 131_072]);
  });

  test('follow the measured speed', async () => {
    service.chunkSize = 300 * KIB;
    service.onPut = ({ timeouts }) => {
      seenTimeouts.push(timeouts);
      return service.clock.sleep(30_000);
    };
    await service.uploader({ connections: [1, 1] }).upload(new Blob([new Uint8Array(600 * KIB)])).done;
    expect(seenTimeouts.map((timeouts) => timeouts?.stall)).toEqual([131_072, 409_600]);
  });
});

test('the bandwidth limit delays parts', async () => {
  service.stages = ['ready'];
  const uploader = service.uploader({ bandwidth: 5, connections: [1, 1] });
  await uploader.upload(numbered(30)).done;
  expect(service.clock.slept).toEqual([2000, 2000]);
  expect(uploader.bandwidth).toBe(5);
});

test("the expiry of a URL is checked by the service's clock", async () => {
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

test('missing parts are sent in order', async () => {
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

describe('a failed part checks whether the file is readable', () => {
  /** A file of five bytes, without the slices that `isThere` denies. */
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
    ['the first byte is missing', (start: number) => start !== 0],
    ['the last byte is missing', (start: number) => start !== 4],
  ])('and is not retried when %s', async (_, isThere) => {
    failOnce();
    await expect(service.uploader().upload(shrunken(isThere)).done).rejects.toThrow(UnreadableError);
    expect(service.puts).toEqual([0]);
  });

  test.each([0, 1, 5])('and is retried with all %i bytes', async (size) => {
    failOnce();
    await expect(service.uploader().upload(numbered(size)).done).resolves.toMatchObject({ id: FILE_ID });
    expect(service.puts).toEqual([0, 0]);
  });
});

test('reachability is checked by the origin of the URL', async () => {
  // every signed URL is different, and only its origin is checked
  const asked: string[] = [];
  const isReachable = (url: string) => Promise.resolve(void asked.push(url)).then(() => false);
  let tries = 0;
  service.onPut = () => {
    if ((tries += 1) < 5) throw new TransferError(0);
  };
  await service.uploader({ isReachable }).upload(numbered(5)).done;
  expect(new Set(asked)).toEqual(new Set(['https://storage.test']));
});

test('an empty file does not count as a refused origin', async () => {
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

describe('the only chunk of a file', () => {
  /** Storage has these bytes, and refuses the next PUT with this status. */
  function stored(bytes: Blob, status: number): void {
    service.onPut = () => {
      service.stored.set(0, bytes);
      throw new TransferError(status);
    };
  }

  test.each([412, 0])('counts as sent when storage has it after a failure (%i)', async (status) => {
    const { seen, options } = watched();
    stored(numbered(5), status);
    await service.uploader().upload(numbered(5), options).done;
    expect(service.puts).toEqual([0]);
    expect(seen.at(-1)).toBe(5);
  });

  test('is not completed when storage has other bytes', async () => {
    stored(new Blob(['other']), 412);
    await expect(service.uploader().upload(numbered(5)).done).rejects.toThrow(DifferentFileError);
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('is sent again when storage does not have it', async () => {
    service.failPuts(1, 0);
    await service.uploader().upload(numbered(5)).done;
    expect(service.puts).toEqual([0, 0]);
  });

  test('several chunks are sent again without a question', async () => {
    service.failPuts(1, 0);
    await service.uploader().upload(numbered(15)).done;
    expect(service.calls()).not.toContain(RESUME);
  });
});
