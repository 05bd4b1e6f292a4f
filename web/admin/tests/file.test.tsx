import { beforeEach, expect, test } from 'vitest';
import { recordFrames } from '../../shared/tests/page';
import { FakeService, Refusal } from './fake-service';
import { adminFile, decision, fileDetails } from './fakes';
import { openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const FILE = 'GET /api/v1/admin/files/a';
const JOB = {
  id: 'scan-a',
  status: 'failed',
  enqueued_at: null,
  started_at: null,
  ended_at: null,
  attempts: 3,
  last_error: 'The scanner is down.',
};

let service: FakeService;

beforeEach(() => {
  service = new FakeService().on(FILE, () => fileDetails());
});

test('the details of a file show every property', async () => {
  const page = openAdmin(service, '#/files/a');
  const verdict = await page.find('verdict-properties');
  expect(page.get('view-title').textContent).toBe('report.txt');
  expect(verdict.textContent).toContain('ClamAV 1.4.3/27654');
  expect(page.get('file-properties').textContent).toContain('quarantine/key');
  expect(page.get('timeline').textContent).toContain('scanner');
  expect(page.all('download')).toEqual([]);
  expect(page.get('no-job').textContent).toContain('has no job');
});

test('an unreachable queue is not shown as one without the job', async () => {
  service.on(FILE, () => fileDetails({ unreachable: ['redis'] }));
  const page = openAdmin(service, '#/files/a');
  expect((await page.find('unreachable')).textContent).toContain("Can't reach Redis");
  expect(page.get('no-job').textContent).toContain('Unknown');
});

test.each([
  ['https://queue.example/', 'https://queue.example/0/view/job/scan-a'],
  [null, undefined],
])('the job leads to the dashboard %s', async (dashboard_url, address) => {
  service
    .on(FILE, () => fileDetails({ job: JOB }))
    .on('GET /api/v1/admin/overview', () => ({ dashboard_url }));
  const page = openAdmin(service, '#/files/a');
  expect((await page.find('job')).textContent).toContain('The scanner is down.');
  await soon(() => expect(service.callsOf('GET /api/v1/admin/overview')).toHaveLength(1));
  await soon(() => expect(page.all('to-dashboard')[0]?.getAttribute('href')).toBe(address));
});

test.each([
  [404, 'file_not_found', 'There is no file with this id.'],
  [409, 'file_not_ready', 'not complete yet'],
  [410, 'file_gone', 'This file is deleted.'],
])('a file that is not there (%i) leads to its history', async (status, code, text) => {
  service.on(FILE, () => {
    throw new Refusal(status, code);
  });
  const page = openAdmin(service, '#/files/a');
  expect((await page.find('list-empty')).textContent).toContain(text);
  expect(page.get('history').getAttribute('href')).toBe('#/audit?target_id=a');
});

test.each([
  ['the service cannot answer', 503, 'database_unavailable', 'The database is down.'],
  ['the address is wrong', 404, 'not_found', 'No endpoint has this URL.'],
  ['a proxy refuses', 404, 'unexpected_answer', 'The service answered 404 without a reason.'],
])('a file is not gone if %s', async (_, status, code, text) => {
  service.on(FILE, () => {
    throw new Refusal(status, code, text);
  });
  const page = openAdmin(service, '#/files/a');
  expect((await page.find('list-failed')).textContent).toContain(text);
  expect(page.all('history')).toEqual([]);
});

test('a released file can be downloaded, by a fresh link', async () => {
  const file = adminFile({ id: 'a', virus_scan_status: 'released', is_quarantined: true });
  service
    .on(FILE, () => fileDetails({ file }))
    .on('GET /api/v1/file/content/a', () => ({ url: 'https://storage.example/a' }));
  const frames = recordFrames();
  const page = openAdmin(service, '#/files/a');
  await page.click('download');
  await soon(() => expect(frames.map(({ src }) => src)).toEqual(['https://storage.example/a']));
});

test('a download that is refused meanwhile has its reason', async () => {
  service
    .on(FILE, () => fileDetails({ file: adminFile({ id: 'a' }) }))
    .on('GET /api/v1/file/content/a', () => {
      throw new Refusal(410, 'file_gone');
    });
  const page = openAdmin(service, '#/files/a');
  await page.click('download');
  await soon(() => expect(page.get('file-problem').textContent).toContain("can't be downloaded"));
});

test('a release names the file, and shows it as released', async () => {
  service.on('POST /api/v1/admin/decisions', () => {
    service.on(FILE, () => fileDetails({ file: adminFile({ id: 'a', virus_scan_status: 'released' }) }));
    return decision({ action: 'release' });
  });
  const page = openAdmin(service, '#/files/a');
  await page.click('decide-release');
  expect(page.get('decision-dialog').textContent).toContain('report.txt');
  await page.fill('reason', 'Checked.');
  await page.submit();
  await soon(() => expect(page.get('verdict').textContent).toBe('Released'));
});
