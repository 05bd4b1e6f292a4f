// @vitest-environment node
import { beforeEach, expect, test, vi } from 'vitest';
import { TransferError } from '../../api/errors';
import { SingleUpload, UploadList } from '../../store/index';
import type { UploadItem } from '../../store/index';
import { totalsOf } from '../../store/totals';
import { changedItem, newItem } from '../../store/upload-item';
import { ABORT, COMPLETE, FakeService, FILE_ID, INIT, numbered, refusal, settled, success } from '../fakes';
import { soon } from '../soon';

const GET = `GET /file/get/${FILE_ID}`;
const STATUS = `GET /file/status/${FILE_ID}`;
const RETRY = 'POST /file/upload/retry';
const NEVER = () => new Promise<never>(() => undefined);

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

const files = (count: number, size = 5) =>
  Array.from({ length: count }, (_, index) => new File([numbered(size)], `${index}.bin`));
/** The comparison after the upload, for browsers that do not detect changes, would also call RETRY. */
const listOf = (options = {}) => new UploadList(service.uploader({ compareAfterwards: false }), options);
const itemOf = (list: UploadList): UploadItem => {
  const [item] = list.getSnapshot().uploads;
  if (!item) throw new Error('The list is empty.');
  return item;
};
const soonIn = (list: UploadList, state: string) => soon(() => expect(itemOf(list).state).toBe(state));

test('a snapshot stays the same object until something changes, and so do the items that did not', async () => {
  service.onPut = NEVER;
  const list = listOf();
  expect(list.getSnapshot()).toBe(list.getServerSnapshot());
  list.actions.add(files(1));
  await soonIn(list, 'uploading');
  const [before] = list.getSnapshot().uploads;
  const [, second = ''] = [before, ...list.actions.add(files(1))];
  expect(list.getSnapshot()).toBe(list.getSnapshot());
  list.actions.pause(second);
  expect(list.getSnapshot().uploads[0]).toBe(before);
  expect(list.getServerSnapshot().uploads).toEqual([]);
});

test('any number of files is one change', () => {
  service.onPut = NEVER;
  const list = listOf();
  const listener = vi.fn();
  const unsubscribe = list.subscribe(listener);
  list.actions.add(files(3));
  expect([listener.mock.calls.length, list.getSnapshot().totals.count]).toEqual([1, 3]);
  list.actions.cancelAll();
  expect([listener.mock.calls.length, list.getSnapshot().totals.cancelled]).toEqual([2, 3]);
  unsubscribe();
  list.actions.removeSettled();
  expect([listener.mock.calls.length, list.getSnapshot().totals.count]).toEqual([2, 0]);
});

test('the engine has 20 files at a time, and gets the next when one is stored', async () => {
  let finish: () => void = () => undefined;
  const stalled = new Promise<void>((resolve) => (finish = resolve));
  service.onPut = () => stalled;
  const uploader = service.uploader();
  const upload = vi.spyOn(uploader, 'upload');
  const list = new UploadList(uploader);
  list.actions.add(files(25));
  await settled();
  expect(upload).toHaveBeenCalledTimes(20);
  finish();
  await soon(() => expect(list.getSnapshot().totals).toMatchObject({ ready: 25, active: 0 }));
  expect(upload).toHaveBeenCalledTimes(25);
});

test('a file that is not started yet is paused, resumed and cancelled', async () => {
  service.onPut = NEVER;
  const list = listOf();
  const last = list.actions.add(files(22)).at(-1) ?? '';
  const state = () => list.getSnapshot().uploads.at(-1)?.state;
  const states = (['pause', 'resume', 'cancel', 'retry'] as const).map((name) => {
    list.actions[name](last);
    return state();
  });
  expect(states).toEqual(['paused', 'waiting', 'cancelled', 'waiting']);
  list.actions.pauseAll();
  await soon(() => expect(list.getSnapshot().totals).toMatchObject({ paused: 22, active: 22 }));
  list.actions.resumeAll();
  await soon(() => expect(list.getSnapshot().totals.paused).toBe(0));
});

test('totals count each state, and no bytes of cancelled files', async () => {
  const list = listOf();
  const [cancelled = ''] = list.actions.add(files(1, 35));
  list.actions.cancel(cancelled);
  list.actions.add(files(2));
  await soon(() => expect(list.getSnapshot().totals.ready).toBe(2));
  expect(list.getSnapshot().totals).toEqual({
    count: 3,
    active: 0,
    paused: 0,
    ready: 2,
    quarantined: 0,
    failed: 0,
    cancelled: 1,
    sent: 10,
    size: 10,
    speed: 0,
    secondsLeft: 0,
  });
});

test('while bytes are sent, totals have the speed and the time that is left', () => {
  const progress = { sent: 15, size: 35, speed: 4, secondsLeft: 5 };
  const waiting = newItem('a', numbered(35), 'a.bin', null);
  const sending = changedItem(waiting, { state: 'uploading', progress });
  expect(totalsOf([sending, waiting])).toMatchObject({ sent: 15, size: 70, speed: 4, secondsLeft: 55 / 4 });
  const paused = changedItem(sending, { state: 'paused' });
  expect(totalsOf([paused])).toMatchObject({ sent: 15, speed: 0, secondsLeft: null, active: 1 });
  expect(totalsOf([changedItem(paused, { state: 'cancelled' })])).toMatchObject({ sent: 0, size: 0 });
});

test('a file keeps the folder that it was chosen in, inside that of the details', () => {
  service.onPut = NEVER;
  const list = listOf({ details: { pathName: 'inbox', userId: 'ann' } });
  const [file = new File([], '')] = files(1);
  const chosen = Object.assign(new File([''], 'a.txt'), { webkitRelativePath: 'trip/day 1/a.txt' });
  list.actions.add([chosen, { file, pathName: 'photos' }]);
  list.actions.add([new Blob(['x'])], { pathName: '', filename: 'x.txt' });
  list.actions.add(null);
  expect(list.getSnapshot().uploads.map(({ pathName, name }) => [pathName, name])).toEqual([
    ['inbox/trip/day 1', 'a.txt'],
    ['inbox/photos', '0.bin'],
    [null, 'x.txt'],
  ]);
});

test('options can be a function, which is called for each file', async () => {
  let userId = 'ann';
  const list = new UploadList(service.uploader(), () => ({ details: { userId } }));
  list.actions.add(files(1));
  userId = 'bob';
  list.actions.add(files(1));
  await soon(() => expect(list.getSnapshot().totals.ready).toBe(2));
  const userIds = (service.bodies(COMPLETE) as { user_id: string }[]).map(({ user_id }) => user_id);
  expect(userIds.sort()).toEqual(['ann', 'bob']);
});

test('a file that was stored before it could be cancelled is followed to its verdict', async () => {
  service.answerOnce(COMPLETE, NEVER);
  service.answerOnce(ABORT, () => refusal(409, 'upload_completed'));
  const onStored = vi.fn();
  const list = listOf({ onStored });
  const [id = ''] = list.actions.add(files(1));
  await soonIn(list, 'completing');
  list.actions.cancel(id);
  await soonIn(list, 'ready');
  expect(itemOf(list)).toMatchObject({ isTooLate: true, error: null, file: { id: FILE_ID } });
  expect(onStored).toHaveBeenCalledTimes(1);
});

test('a cancelled upload that may be stored fails if the service is unreachable', async () => {
  service.answerOnce(COMPLETE, NEVER);
  service.answerOnce(ABORT, () => refusal(500, 'internal_error'));
  const onSettled = vi.fn();
  const list = listOf({ onSettled });
  const [id = ''] = list.actions.add(files(1));
  await soonIn(list, 'completing');
  list.actions.cancel(id);
  await soonIn(list, 'failed');
  expect(itemOf(list)).toMatchObject({ error: { code: 'internal_error' }, canRetry: true });
  expect(onSettled).toHaveBeenCalledTimes(1);
});

test('a failed scan is repeated', async () => {
  service.stages = ['scan_failed'];
  service.verdict = 'error';
  service.answerOnce(RETRY, () => refusal(503, 'queue_unavailable'));
  service.answerOnce(RETRY, () => success({ id: FILE_ID }));
  const list = listOf({ details: { credential: { pin: '1' } } });
  const [id = ''] = list.actions.add(files(1));
  await soonIn(list, 'scan_failed');
  expect(list.getSnapshot().totals.failed).toBe(1);
  service.stages = ['scanning', 'ready'];
  service.verdict = 'clean';
  list.actions.retry(id);
  await soonIn(list, 'ready');
  expect(service.bodies(RETRY).at(-1)).toEqual({ file_id: FILE_ID, credential: { pin: '1' } });
});

test('a lost verdict is requested again, without another upload or scan', async () => {
  service.answerOnce(STATUS, () => refusal(500, 'internal_error'));
  const list = listOf();
  list.actions.add(files(1));
  await soonIn(list, 'failed');
  expect(itemOf(list)).toMatchObject({ file: { virus_scan_status: 'pending' }, canCancel: false });
  list.actions.retryAll();
  await soonIn(list, 'ready');
  expect([service.bodies(INIT).length, service.bodies(RETRY).length]).toEqual([1, 0]);
});

test('an infected file is quarantined', async () => {
  service.answerOnce(GET, () =>
    success({ id: FILE_ID, virus_scan_status: 'infected', is_quarantined: true }),
  );
  const list = listOf();
  list.actions.add(files(1));
  await soonIn(list, 'quarantined');
  expect(list.getSnapshot().totals).toMatchObject({ quarantined: 1, failed: 0 });
});

test('an unknown id changes nothing', () => {
  const list = listOf();
  const listener = vi.fn();
  list.subscribe(listener);
  for (const name of ['pause', 'resume', 'cancel', 'retry', 'remove'] as const)
    list.actions[name]('upload-9');
  expect(listener).not.toHaveBeenCalled();
});

test('one upload has the actions of a list', async () => {
  service.onPut = () => {
    throw new TransferError(0);
  };
  const single = new SingleUpload(service.uploader({ retry: { attempts: 1, baseDelay: 1, maxDelay: 1 } }));
  const state = () => single.getSnapshot().upload?.state;
  single.actions.retry();
  single.actions.start(numbered(5));
  await soon(() => expect(state()).toBe('failed'));
  service.onPut = () => undefined;
  single.actions.retry();
  await soon(() => expect(state()).toBe('ready'));
  expect(single.getSnapshot()).toBe(single.getSnapshot());
});
