// @vitest-environment node
import { beforeEach, expect, test } from 'vitest';
import { filesOf, isAccepted, WatchedFile } from '../../store/index';
import { brokenFolder, fileEntry, folderEntry, transfer } from '../dropped-entries';
import { FakeService, FILE_ID, refusal, success } from '../fakes';
import { soon } from '../soon';

const GET = `GET /file/get/${FILE_ID}`;

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

test.each([
  ['', 'a.txt', 'text/plain', true],
  ['*/*', 'a.txt', '', true],
  ['.pdf', 'A.PDF', '', true],
  ['.pdf', 'pdf', 'application/pdf', false],
  ['image/*', 'a.png', 'image/png', true],
  ['image/*', 'a.png', '', false],
  ['image/*', 'a.txt', 'imagery/png', false],
  ['text/csv', 'a.csv', 'text/csv;charset=utf-8', true],
  ['text/csv', 'a.csv', 'text/plain', false],
  [' .JPG , application/pdf ', 'a.pdf', 'application/pdf', true],
])('accept="%s": %s of the type "%s" %s', (accept, name, type, expected) => {
  expect(isAccepted({ name, type }, accept)).toBe(expected);
});

test('a drop has the files of its folders, and names what cannot be read', async () => {
  const file = new File(['x'], 'a.txt');
  const found = await filesOf(
    transfer(folderEntry('trip', fileEntry(file), fileEntry(file), brokenFolder('lost'))),
  );
  expect(found.files).toEqual(Array(2).fill({ file, pathName: 'trip' }));
  expect(found.unreadable).toEqual([{ name: 'lost', pathName: 'trip', file: null, reason: 'unreadable' }]);
});

test('a file is followed while its upload is open', async () => {
  service.answerOnce(GET, () => refusal(404, 'file_not_found'));
  service.stages = ['uploading', 'completing', 'queued', 'ready'];
  const file = new WatchedFile(service.uploader(), FILE_ID);
  const states: string[] = [];
  file.subscribe(() => states.push(file.getSnapshot().state));
  await soon(() => expect(states.at(-1)).toBe('ready'));
  expect([...new Set(states)]).toEqual(['uploading', 'completing', 'queued', 'ready']);
});

test('a file with a verdict is not requested again for another listener', async () => {
  const file = new WatchedFile(service.uploader(), FILE_ID, { credential: { pin: '1' } });
  const stop = file.subscribe(() => undefined);
  await soon(() => expect(file.getSnapshot().state).toBe('ready'));
  stop();
  stop();
  file.subscribe(() => undefined);
  expect(service.calls()).toEqual([GET]);
  expect(service.requests[0]?.headers.get('X-File-Credential')).toBe('{"pin":"1"}');
});

test('without an answer the last file stays', async () => {
  const file = new WatchedFile(service.uploader(), FILE_ID);
  file.subscribe(() => undefined);
  await soon(() => expect(file.getSnapshot().state).toBe('ready'));
  service.answerOnce(GET, () => refusal(500, 'internal_error'));
  file.actions.refresh();
  await soon(() => expect(file.getSnapshot()).toMatchObject({ state: 'failed', file: { id: FILE_ID } }));
  service.answerOnce(GET, () => success({ id: FILE_ID, virus_scan_status: 'error' }));
  file.actions.refresh();
  await soon(() => expect(file.getSnapshot()).toMatchObject({ state: 'scan_failed', error: null }));
});
