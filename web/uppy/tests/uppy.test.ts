import Uppy from '@uppy/core';
import { beforeEach, expect, test, vi } from 'vitest';
import { hashOf } from '../../client/hash/hash';
import type { UploadMemory } from '../../client/memory';
import {
  FakeService,
  fakeMemory,
  FILE_ID,
  numbered,
  onlineNetwork,
  UPLOAD_ID,
} from '../../client/tests/fakes';
import { TransferError } from '../../client/errors';
import Longshore, { type LongshoreBody } from '../index';

const INIT = 'POST /file/upload/init/';
const COMPLETE = 'POST /file/upload/complete/';
const ABORT = `DELETE /file/upload/${UPLOAD_ID}`;

let service: FakeService;
let memory: UploadMemory;
beforeEach(() => {
  service = new FakeService();
  memory = fakeMemory();
});

type ThisUppy = Uppy<Record<string, unknown>, LongshoreBody>;

function open(): ThisUppy {
  const uppy: ThisUppy = new Uppy();
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

const add = (uppy: ThisUppy, size = 35, name = 'cargo.bin') =>
  uppy.addFile({ name, type: 'text/plain', data: numbered(size) });

/** Begins, and holds the third chunk in mid-air until the function returned is called. */
async function halfway(uppy: ThisUppy): Promise<() => void> {
  let letGo: () => void = () => undefined;
  service.onPut = ({ chunk, signal }) =>
    chunk.chunk_index === 2
      ? new Promise((resolve, reject) => {
          letGo = resolve;
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        })
      : undefined;
  void uppy.upload();
  await vi.waitFor(() => expect(service.puts).toEqual([0, 1, 2]));
  service.onPut = () => undefined;
  return () => letGo();
}

test('a file goes to storage, and comes back with its verdict', async () => {
  const uppy = open();
  const id = add(uppy);
  const result = await uppy.upload();
  expect(result?.failed).toEqual([]);
  expect(uppy.getFile(id).response?.body).toEqual({ id: FILE_ID, virus_scan_status: 'clean' });
  expect(uppy.getFile(id).progress).toMatchObject({ percentage: 100, uploadComplete: true, bytesTotal: 35 });
  expect(service.bodies(COMPLETE)).toMatchObject([
    { filename: 'cargo.bin', content_type: 'text/plain', user_id: 'owner of cargo.bin' },
  ]);
});

test('what the Dashboard calls a file is its name, and its type', async () => {
  const uppy = open();
  const id = add(uppy, 5, 'IMG_1.jpg');
  uppy.setFileMeta(id, { name: 'renamed.jpg', type: 'image/jpeg' });
  await uppy.upload();
  const said = { filename: 'renamed.jpg', content_type: 'image/jpeg' };
  expect([...service.bodies(INIT), ...service.bodies(COMPLETE)]).toMatchObject([said, said]);
});

test.each([
  ['infected', 'The virus scanner found something.'],
  ['error', 'The scan did not come to an end; it will be tried again.'],
] as const)('%s counts as failed, and why is said', async (verdict, reason) => {
  service.verdict = verdict;
  const uppy = open();
  const id = add(uppy);
  const result = await uppy.upload();
  expect([result?.successful, uppy.getFile(id).error]).toEqual([[], reason]);
});

test('pause and resume, of one and of all', async () => {
  const uppy = open();
  const id = add(uppy);
  const letGo = await halfway(uppy);
  uppy.pauseResume(id);
  letGo();
  await vi.waitFor(() => expect(service.stored.size).toBe(3));
  expect(service.puts).toEqual([0, 1, 2]);
  uppy.resumeAll();
  await vi.waitFor(() => expect(uppy.getFile(id).response?.status).toBe(200));
  expect(service.puts).toEqual([0, 1, 2, 3]);
});

test.each([
  ['taken away', (uppy: ThisUppy, id: string) => uppy.removeFile(id)],
  ['cancelled with all', (uppy: ThisUppy) => uppy.cancelAll()],
])('a file that is %s is forgotten at storage too', async (_, act) => {
  const uppy = open();
  const id = add(uppy);
  await halfway(uppy);
  act(uppy, id);
  await vi.waitFor(() => expect(service.calls().at(-1)).toBe(ABORT));
  expect(uppy.getFiles()).toEqual([]);
});

test('a retry sends only what is missing', async () => {
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

test('after a reload the restored file carries on', async () => {
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

test('a file of a remote provider is refused with words', async () => {
  const uppy = open();
  const id = uppy.addFile({
    name: 'a.txt',
    isRemote: true,
    data: { size: 5 },
    remote: { companionUrl: '', requestClientId: 'x', url: '' },
  } as never);
  await uppy.upload();
  expect(uppy.getFile(id).error).toContain('choose a file of this device');
});
