// @vitest-environment node
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError, DifferentFileError, TransferError, UploadBusyError } from '../../api/errors';
import { hashOf } from '../../hash/hash';
import type { Hasher } from '../../hash/hasher';
import type { UploadSession } from '../../upload/upload';
import type { Uploader, UploaderOptions, UploadOptions } from '../../upload/uploader';
import {
  ABORT,
  COMPLETE,
  details,
  FakeService,
  fakeLocks,
  fakeMemory,
  FILE_ID,
  INIT,
  numbered,
  refusal,
  RESUME,
  UPLOAD_ID,
} from '../fakes';
import { soon } from '../soon';

const REFUSAL = { code: 'refused', message: '', errors: [], missing: [] };

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
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
  ])('the same file is recognized %s, and only missing parts are sent', async (_, options) => {
    const uploader = await closedHalfway(options);
    const stages: string[] = [];
    await uploader.upload(numbered(35), { ...details, onStage: (stage) => stages.push(stage) }).done;
    expect(service.puts).toEqual([2, 3]);
    expect(service.bodies(INIT)).toHaveLength(1);
    expect(stages.slice(0, 4)).toEqual(['waiting', 'uploading', 'comparing', 'uploading']);
    expect(await service.content()).toBe(await numbered(35).text());
    expect(await uploader.unfinished()).toEqual([]);
  });

  test.each<[string, UploadOptions, UploadOptions, number]>([
    ['the same folder', { pathName: 'a' }, { pathName: 'a' }, 1],
    ['another folder', { pathName: 'a' }, { pathName: 'b' }, 2],
    ['no folder', { pathName: 'a' }, {}, 2],
    ['a folder, after none', {}, { pathName: 'a' }, 2],
    ['the same replacement', { replaces: 'x' }, { replaces: 'x' }, 1],
    ['no replacement', { replaces: 'x' }, {}, 2],
  ])('a file of the same name and size for %s', async (_, first, second, inits) => {
    const shared = { memory: fakeMemory(), hasher: hashOf };
    service.onPut = () => Promise.reject(new ApiError(400, REFUSAL));
    await expect(
      service.uploader(shared).upload(numbered(35), { ...details, ...first }).done,
    ).rejects.toThrow();
    service.onPut = () => undefined;
    await service.uploader(shared).upload(numbered(35), { ...details, ...second }).done;
    expect(service.bodies(INIT)).toHaveLength(inits);
    const place = (body: unknown) => [
      (body as { path_name?: string }).path_name,
      (body as { replaces?: string }).replaces,
    ];
    expect(service.bodies(COMPLETE).map(place)).toEqual([[second.pathName, second.replaces]]);
  });

  test.each<[string, UploadOptions, string | null]>([
    ['its own', { replaces: 'x', replacedCredential: { pin: '2' } }, '{"pin":"2"}'],
    ["the new file's", { replaces: 'x' }, '{"pin":"1"}'],
    ['none without a replaced file', { replacedCredential: { pin: '2' } }, null],
  ])('the credential of the replaced file: %s', async (_, options, sent) => {
    await service.uploader().upload(numbered(35), { credential: { pin: '1' }, ...options }).done;
    const asked = service.requests.filter(({ call }) => call === INIT || call === COMPLETE);
    expect(asked.map(({ headers }) => headers.get('X-File-Credential'))).toEqual([sent, sent]);
  });

  test('a different part is sent again', async () => {
    const uploader = await closedHalfway();
    service.stored.set(1, new Blob(['other byte']));
    await uploader.upload(numbered(35), details).done;
    expect(service.puts).toEqual([1, 2, 3]);
  });

  test('a part that cannot be compared is sent again', async () => {
    const uploader = await closedHalfway();
    service.etags = false;
    const different: unknown[] = [];
    await uploader.upload(numbered(35), { ...details, onDifferent: (event) => different.push(event) }).done;
    expect([service.puts, different]).toEqual([[0, 1, 2, 3], []]);
  });

  test('another file of the same name emits `different` and gets a new upload', async () => {
    const uploader = await closedHalfway();
    const different: unknown[] = [];
    const other = new Blob(['z'.repeat(35)]);
    await uploader.upload(other, { ...details, onDifferent: (event) => different.push(event) }).done;
    expect(different).toEqual([{ uploadId: UPLOAD_ID }]);
    expect(service.bodies(INIT)).toHaveLength(2);
    expect(await service.content()).toBe('z'.repeat(35));
  });

  test.each([
    ['is of the same file', 7, [ABORT]],
    ['may be of another file', 8, []],
  ])('an abort during the comparison with an upload that %s', async (_, lastModified, aborts) => {
    const memory = fakeMemory();
    const file = (at: number) => new File([numbered(35)], 'report.bin', { lastModified: at });
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

  test('an abort during the comparison with a completed upload throws its reason', async () => {
    const memory = fakeMemory();
    const file = new File([numbered(35)], 'report.bin', { lastModified: 7 });
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

  test('an expired upload is replaced by a new one', async () => {
    const uploader = await closedHalfway();
    service.answerOnce(RESUME, () => refusal(409, 'upload_expired'));
    const different: unknown[] = [];
    await uploader.upload(numbered(35), { ...details, onDifferent: (event) => different.push(event) }).done;
    expect([service.bodies(INIT).length, different]).toEqual([2, []]);
  });

  test('unfinished() lists it until it expires, and discard() removes it', async () => {
    const uploader = await closedHalfway();
    const [left] = await uploader.unfinished();
    expect(left).toEqual({
      upload_id: UPLOAD_ID,
      file_id: FILE_ID,
      endpoint: '',
      name: 'report.bin',
      size: 35,
      last_modified: 0,
      expires_at: '2030-01-02T00:00:00.000Z',
    });
    await uploader.discard(UPLOAD_ID);
    expect([await uploader.unfinished(), service.calls().at(-1)]).toEqual([[], ABORT]);
  });

  test('another browser resumes by the upload_id', async () => {
    await closedHalfway();
    const elsewhere = service.uploader({ hasher: hashOf });
    await elsewhere.resume(UPLOAD_ID, numbered(35), details).done;
    expect(service.puts).toEqual([2, 3]);
  });

  test.each([
    ['of other bytes', new Blob(['z'.repeat(35)])],
    ['of another size', numbered(36)],
  ])('a file %s is refused before anything is sent', async (_, other) => {
    await closedHalfway();
    const upload = service.uploader({ hasher: hashOf }).resume(UPLOAD_ID, other, details);
    await expect(upload.done).rejects.toThrow(DifferentFileError);
    expect(service.puts).toEqual([]);
  });
});

describe('retrying on the same page', () => {
  /** A file whose first try on this page failed half-way, and a way to try it, or another one, again. */
  async function failedHalfway(options: Partial<UploaderOptions> = {}) {
    service.failPuts(99, 2);
    const file = new File([numbered(35)], 'report.bin');
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
    const other = (otherFile: Blob) => uploader.upload(otherFile, details).done;
    return { again, other };
  }

  test('only missing parts are sent, and stored ones count as sent', async () => {
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

  test.each(['file_already_uploaded', 'file_in_progress'])('%s sends no bytes', async (code) => {
    const { again } = await failedHalfway({ compareAfterwards: true });
    service.stored.set(2, numbered(10)).set(3, numbered(5));
    service.answerOnce(RESUME, () => refusal(400, code));
    await again();
    expect(service.puts).toEqual([]);
    expect(service.bodies(RESUME)).toHaveLength(1);
  });

  test('other errors are thrown', async () => {
    const { again } = await failedHalfway();
    service.answerOnce(RESUME, () => refusal(403, 'forbidden'));
    await expect(again()).rejects.toThrow(ApiError);
  });

  test('a file that is chosen again resumes its failed upload', async () => {
    const { other } = await failedHalfway();
    await other(numbered(35));
    expect([service.puts, service.bodies(INIT).length]).toEqual([[2, 3], 1]);
  });

  test('an upload that another file used meanwhile is compared', async () => {
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

  test('an upload that another file completed meanwhile is not used', async () => {
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

describe('files of the same name and size', () => {
  const twin = () => new Blob(['z'.repeat(35)]);

  /** An upload whose first part stands still, in one tab of a browser, and another tab. */
  async function stalled() {
    const shared = { memory: fakeMemory(), locks: fakeLocks(), hasher: hashOf };
    const [here, elsewhere] = [service.uploader(shared), service.uploader(shared)];
    let continueUpload: () => void = () => undefined;
    service.onPut = () => {
      service.onPut = () => undefined;
      return new Promise((resolve) => (continueUpload = resolve));
    };
    const first = here.upload(numbered(35), details);
    await soon(() => expect(service.puts).toContain(0));
    return { here, elsewhere, first, continueUpload: () => continueUpload() };
  }

  test.each(['here', 'elsewhere'] as const)('never share a running upload (%s)', async (tab) => {
    const tabs = await stalled();
    expect(await tabs[tab].unfinished()).toEqual([]);
    await tabs[tab].upload(twin(), details).done;
    expect(service.calls().filter((call) => call.endsWith('retry'))).toEqual([]);
    expect(service.bodies(INIT)).toHaveLength(2);
    tabs.continueUpload();
    await tabs.first.done;
  });

  test('a running upload cannot be resumed by its id', async () => {
    const { elsewhere, first, continueUpload } = await stalled();
    await expect(elsewhere.resume(UPLOAD_ID, numbered(35), details).done).rejects.toThrow(UploadBusyError);
    continueUpload();
    await first.done;
  });

  test('a completed upload of an unknown file is not used', async () => {
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
