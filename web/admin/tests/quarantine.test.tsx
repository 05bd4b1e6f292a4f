import { beforeEach, expect, test } from 'vitest';
import type { AdminFile } from '../api/files';
import { FakeService, page as pageOf } from './fake-service';
import { decision, infectedFile } from './fakes';
import { type AdminTestPage, openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const FILES = 'GET /api/v1/admin/files';
const DECISIONS = 'POST /api/v1/admin/decisions';

let files: AdminFile[];
let service: FakeService;

beforeEach(() => {
  files = ['a', 'b', 'c'].map((id) => infectedFile({ id, filename: `${id}.txt` }));
  service = new FakeService().on(FILES, () => pageOf(files));
});

const shown = (page: AdminTestPage, name: string) =>
  soon(() => expect(page.get('current-name').textContent).toBe(name));

async function decide(page: AdminTestPage, key: string, reason = 'Checked.'): Promise<void> {
  await page.press('current-name', key);
  await page.fill('reason', reason);
  await page.submit();
}

test('a tab for each verdict is one list of the API', async () => {
  const page = openAdmin(service, '#/quarantine');
  await page.find('current-file');
  for (const verdict of ['unscannable', 'error', 'blocked']) {
    await page.goTo(page.get(`tab-${verdict}`).getAttribute('href') ?? '');
    await soon(() =>
      expect(service.callsOf(FILES).at(-1)?.query).toEqual({ limit: '50', virus_scan_status: verdict }),
    );
  }
});

test('after a decision, the next file has the focus', async () => {
  service.on(DECISIONS, ({ body }) => {
    files = files.filter(({ id }) => id !== (body as { file_ids: string[] }).file_ids[0]);
    return decision({ action: 'release' });
  });
  const page = openAdmin(service, '#/quarantine');
  await shown(page, 'a.txt');
  await decide(page, 'r');
  await shown(page, 'b.txt');
  await soon(() => expect(document.activeElement === page.get('current-name')).toBe(true));
  await page.press('current-name', 'n');
  await shown(page, 'c.txt');
  await decide(page, 'd');
  await shown(page, 'b.txt');
  await decide(page, 's');
  expect((await page.find('list-empty')).textContent).toBe('Nothing to decide here');
  expect(service.callsOf(DECISIONS).map(({ body }) => body)).toEqual([
    { action: 'release', file_ids: ['a'], reason: 'Checked.' },
    { action: 'delete', file_ids: ['c'], reason: 'Checked.' },
    { action: 'rescan', file_ids: ['b'], reason: 'Checked.' },
  ]);
});

test('the file is in the address', async () => {
  const page = openAdmin(service, '#/quarantine?file=b');
  await shown(page, 'b.txt');
  expect(page.get('position').textContent).toBe('2 of 3');
  await page.press('current-name', 'p');
  await shown(page, 'a.txt');
  expect(location.hash).toContain('file=a');
});

test('a file that is no longer in the list is not replaced silently', async () => {
  const page = openAdmin(service, '#/quarantine?file=gone');
  expect((await page.find('file-missing')).textContent).toContain('no longer in this list');
  await page.press('current-name', 'n');
  await soon(() => expect(page.all('file-missing')).toEqual([]));
});

test('the first file is in the address, so that no other one takes its place', async () => {
  openAdmin(service, '#/quarantine');
  await soon(() => expect(location.hash).toBe('#/quarantine?file=a'));
});

test('of two operators, the second one learns why nothing was decided', async () => {
  const reasons = [{ file_id: 'a', reason: 'It is served already.' }];
  service.on(DECISIONS, () => decision({ action: 'release', done: 0, skipped: 1, reasons }));
  const page = openAdmin(service, '#/quarantine');
  await shown(page, 'a.txt');
  await decide(page, 'r');
  expect((await page.find('decision-reasons')).textContent).toContain('It is served already.');
});

test('a release that waits for a second person stays in the list', async () => {
  service.on(DECISIONS, () => decision({ action: 'release', state: 'waiting', done: 0, ended_at: null }));
  const page = openAdmin(service, '#/quarantine');
  await shown(page, 'a.txt');
  await decide(page, 'r');
  await shown(page, 'b.txt');
  expect(page.get('decision').textContent).toContain('another operator approves');
  expect(page.all('queue-file')).toHaveLength(3);
});

test('the keys do nothing in a dialog, or with Ctrl', async () => {
  const page = openAdmin(service, '#/quarantine');
  await shown(page, 'a.txt');
  await page.press('current-name', 'r');
  await page.press('reason', 'n');
  expect(page.get('current-name').textContent).toBe('a.txt');
  expect(page.get('reason').closest('dialog')?.textContent).toContain('Release');
});
