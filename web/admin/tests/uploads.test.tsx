import { beforeEach, expect, test } from 'vitest';
import { FakeService, page as pageOf, Refusal } from './fake-service';
import { adminUpload } from './fakes';
import { openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const LIST = 'GET /api/v1/admin/uploads';
const END = 'DELETE /api/v1/file/upload/upload-1';

let service: FakeService;

beforeEach(() => {
  service = new FakeService().on(LIST, () => pageOf([adminUpload()]));
});

test('the filters of the address', async () => {
  const page = openAdmin(service, '#/uploads?state=completing&owner=ann');
  await page.find('uploads-row');
  expect(service.callsOf(LIST)[0]?.query).toEqual({ limit: '50', state: 'completing', owner: 'ann' });
});

test('an upload without a name, and with a problem', async () => {
  service.on(LIST, () => pageOf([adminUpload({ filename: null, failure_reason: 'Parts are missing.' })]));
  const page = openAdmin(service, '#/uploads');
  const row = await page.find('uploads-row');
  expect(row.textContent).toContain('No name yet');
  expect(row.textContent).toContain('Parts are missing.');
});

test('one is ended after a question', async () => {
  service.on(END, () => {
    service.on(LIST, () => pageOf([]));
    return {};
  });
  const page = openAdmin(service, '#/uploads');
  await page.click('end');
  expect(page.get('confirm-dialog').textContent).toContain('film.mp4');
  await page.submit();
  await page.find('list-empty');
});

test('one that was completed meanwhile is not ended, and the list is loaded again', async () => {
  service.on(END, () => {
    throw new Refusal(409, 'upload_completed', 'The upload is complete.');
  });
  const page = openAdmin(service, '#/uploads');
  await page.click('end');
  const before = service.callsOf(LIST).length;
  await page.submit();
  await soon(() => expect(page.get('dialog-problem').textContent).toContain('is complete'));
  await soon(() => expect(service.callsOf(LIST).length).toBeGreaterThan(before));
});
