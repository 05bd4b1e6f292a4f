// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { UnreadableError } from '../../api/errors';
import { hashOf } from '../../hash/hash';
import type { Hasher } from '../../hash/hasher';
import type { UploadSession } from '../../upload/upload';
import { COMPLETE, details, FakeService, fakeMemory, numbered, refusal, RESUME, settled } from '../fakes';
import { soon } from '../soon';

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe('a file that changes during its upload', () => {
  /** Sends a file whose second part is in storage as it was before it changed. */
  const sendChanging = (compareAfterwards: boolean, memory = fakeMemory()) => {
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 3) service.stored.set(1, new Blob(['as it was!']));
    };
    const file = new File([numbered(35)], 'report.bin');
    const options = { compareAfterwards, memory, hasher: hashOf, connections: [1, 1] as const };
    return service.uploader(options).upload(file, details).done;
  };

  test('is refused before complete, and the upload can be resumed', async () => {
    const memory = fakeMemory();
    await expect(sendChanging(true, memory)).rejects.toThrow(UnreadableError);
    expect(service.calls()).not.toContain(COMPLETE);
    expect(await memory.all()).toHaveLength(1);
  });

  test('is not compared where the browser detects changes itself', async () => {
    await sendChanging(false);
    expect(service.calls()).not.toContain(RESUME);
  });

  test('an unchanged file costs one call', async () => {
    const stages: string[] = [];
    const onStage = (stage: string) => stages.push(stage);
    const options = { compareAfterwards: true, hasher: hashOf };
    await service.uploader(options).upload(new File([numbered(35)], 'report.bin'), { ...details, onStage })
      .done;
    expect(service.calls().filter((call) => call === RESUME)).toHaveLength(1);
    expect(stages.slice(0, 4)).toEqual(['waiting', 'uploading', 'comparing', 'completing']);
  });

  test('is not compared while the upload is paused', async () => {
    const hashed: number[] = [];
    const hasher: Hasher = (blob, algorithm) => {
      if (hashed.push(blob.size) === 1) upload.pause();
      return hashOf(blob, algorithm);
    };
    const file = new File([numbered(35)], 'report.bin');
    const upload = service.uploader({ compareAfterwards: true, hasher }).upload(file, details);
    await soon(() => expect(hashed).toHaveLength(1));
    await settled();
    expect(hashed).toEqual([10]);
    upload.resume();
    await upload.done;
    expect(hashed).toEqual([10, 10, 10, 5]);
  });

  test('is refused as soon as a part that is sent again has another checksum', async () => {
    const versions = ['as it was', 'as it is'];
    const hasher: Hasher = () => Promise.resolve(versions.shift() ?? 'later');
    service.failPuts(1, 0);
    const uploader = service.uploader({ checksum: 'SHA256', hasher, compareAfterwards: false });
    await expect(uploader.upload(numbered(7), details).done).rejects.toThrow(UnreadableError);
    expect(service.puts).toEqual([0]);
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('is compared by the next try if the comparison failed', async () => {
    service.answerOnce(RESUME, () => refusal(403, 'forbidden'));
    const uploader = service.uploader({ compareAfterwards: true, hasher: hashOf, connections: [1, 1] });
    const file = new File([numbered(35)], 'report.bin');
    service.onPut = ({ chunk }) => {
      if (chunk.chunk_index === 3) service.stored.set(1, new Blob(['as it was!']));
    };
    let session: UploadSession | undefined;
    const first = uploader.upload(file, { ...details, onSession: (opened) => (session = opened) });
    await expect(first.done).rejects.toMatchObject({ code: 'forbidden' });
    await expect(uploader.upload(file, { ...details, session }).done).rejects.toThrow(UnreadableError);
    expect(service.calls()).not.toContain(COMPLETE);
  });

  test('is not retried when it became shorter', async () => {
    service.failPuts(99, 1);
    const shorter = numbered(12);
    vi.spyOn(shorter, 'size', 'get').mockReturnValue(15);
    await expect(service.uploader().upload(shorter, details).done).rejects.toThrow(UnreadableError);
  });
});
