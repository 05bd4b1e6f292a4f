import Uppy from '@uppy/core';
import { beforeEach, expect, test } from 'vitest';
import { hashOf } from '../../client/hash/hash';
import type { UploadMemory } from '../../client/memory/memory';
import {
  ABORT,
  COMPLETE,
  FakeService,
  fakeMemory,
  FILE_ID,
  INIT,
  numbered,
  onlineNetwork,
} from '../../client/tests/fakes';
import { TransferError } from '../../client/api/errors';
import Longshore, { type LongshoreBody } from '../index';
import { soon } from '../../client/tests/soon';

let service: FakeService;
let memory: UploadMemory;
beforeEach(() => {
  service = new FakeService();
  memory = fakeMemory();
});

type LongshoreUppy = Uppy<Record<string, unknown>, LongshoreBody>;

function open(): LongshoreUppy {
  const uppy: LongshoreUppy = new Uppy();
  return uppy.use(Longshore, {
    endpoint: '',
    fetch: service.fetch,
    transport: service.transport,
    clock: service.clock,
    network: onlineNetwork,
    random: () => 0,
    retry: { attempts: 1, baseDelay: 1, maxDelay: 1 },
    connections: [1, 1],
    checksum: null,
    hasher: hashOf,
    memory,
    details: ({ name }) => ({ userId: `owner of ${name}` }),
  });
}

const add = (uppy: LongshoreUppy, size = 35, name = 'report.bin') =>
  uppy.addFile({ name, type: 'text/plain', data: numbered(size) });

/** Starts the upload and stalls its third chunk; returns the function that lets it finish. */
async function halfway(uppy: LongshoreUppy): Promise<() => void> {
  let finishChunk: () => void = () => undefined;
  service.onPut = ({ chunk, signal }) =>
    chunk.chunk_index === 2
      ? new Promise((resolve, reject) => {
          finishChunk = resolve;
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        })
      : undefined;
  void uppy.upload();
  await soon(() => expect(service.puts).toEqual([0, 1, 2]));
  service.onPut = () => undefined;
  return () => finishChunk();
}

test('uploads a file and returns it with its verdict', async () => {
  const uppy = open();
  const id = add(uppy);
  const result = await uppy.upload();
  expect(result?.failed).toEqual([]);
  expect(uppy.getFile(id).response?.body).toEqual({ id: FILE_ID, virus_scan_status: 'clean' });
  expect(uppy.getFile(id).progress).toMatchObject({ percentage: 100, uploadComplete: true, bytesTotal: 35 });
  expect(service.bodies(COMPLETE)).toMatchObject([
    { filename: 'report.bin', content_type: 'text/plain', user_id: 'owner of report.bin' },
  ]);
});

test("name and type come from the file's meta", async () => {
  const uppy = open();
  const id = add(uppy, 5, 'IMG_1.jpg');
  uppy.setFileMeta(id, { name: 'renamed.jpg', type: 'image/jpeg' });
  await uppy.upload();
  const changed = { filename: 'renamed.jpg', content_type: 'image/jpeg' };
  expect([...service.bodies(INIT), ...service.bodies(COMPLETE)]).toMatchObject([changed, changed]);
});

test.each([
  ['infected', 'Malware found: no name given. Check the device it came from.'],
  ['blocked', 'The file is blocked (no reason given). Choose another file.'],
  ['error', 'The scan failed. It is repeated automatically.'],
] as const)('%s is a failure with the reason', async (verdict, reason) => {
  service.verdict = verdict;
  const uppy = open();
  const id = add(uppy);
  const result = await uppy.upload();
  expect([result?.successful, uppy.getFile(id).error]).toEqual([[], reason]);
});

test('pauses one file and resumes all', async () => {
  const uppy = open();
  const id = add(uppy);
  const finishChunk = await halfway(uppy);
  uppy.pauseResume(id);
  finishChunk();
  await soon(() => expect(service.stored.size).toBe(3));
  expect(service.puts).toEqual([0, 1, 2]);
  uppy.resumeAll();
  await soon(() => expect(uppy.getFile(id).response?.status).toBe(200));
  expect(service.puts).toEqual([0, 1, 2, 3]);
});

test.each([
  ['removed', (uppy: LongshoreUppy, id: string) => uppy.removeFile(id)],
  ['cancelled', (uppy: LongshoreUppy) => uppy.cancelAll()],
])('a file that is %s is aborted', async (_, act) => {
  const uppy = open();
  const id = add(uppy);
  await halfway(uppy);
  act(uppy, id);
  await soon(() => expect(service.calls().at(-1)).toBe(ABORT));
  expect(uppy.getFiles()).toEqual([]);
});

test('a retry sends only missing parts', async () => {
  service.onPut = ({ chunk }) => {
    if (chunk.chunk_index === 2) throw new TransferError(0);
  };
  const uppy = open();
  const id = add(uppy);
  const result = await uppy.upload();
  expect(result?.failed?.map((file) => file.id)).toEqual([id]);
  service.onPut = () => undefined;
  service.puts.length = 0;
  await uppy.retryAll();
  expect([service.puts, service.bodies(INIT).length, uppy.getFile(id).error]).toEqual([[2, 3], 1, null]);
});

test('a restored file resumes after a reload', async () => {
  const before = open();
  add(before);
  await halfway(before);
  before.pauseAll();
  service.puts.length = 0;
  const after = open();
  add(after);
  await after.upload();
  expect([service.puts, service.bodies(INIT).length]).toEqual([[2, 3], 1]);
});

test('a file of a remote provider is refused with an error', async () => {
  const uppy = open();
  const id = uppy.addFile({
    name: 'a.txt',
    isRemote: true,
    data: { size: 5 },
    remote: { companionUrl: '', requestClientId: 'x', url: '' },
  } as never);
  await uppy.upload();
  expect(uppy.getFile(id).error).toContain('Choose a file on this device');
});
