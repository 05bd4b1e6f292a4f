import { beforeEach, describe, expect, test } from 'vitest';
import { formatCount } from '../text';
import { FakeService, page as pageOf, Refusal } from './fake-service';
import { adminFile, decision, infectedFile } from './fakes';
import { type AdminTestPage, openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const FILES = 'GET /api/v1/admin/files';
const DECISIONS = 'POST /api/v1/admin/decisions';

let service: FakeService;

beforeEach(() => {
  const files = [adminFile({ id: 'a', filename: 'a.txt' }), infectedFile({ id: 'b', filename: 'b.txt' })];
  service = new FakeService().on(FILES, () => pageOf(files));
});

const lastQuery = () => service.callsOf(FILES).at(-1)?.query;
const bodies = () => service.callsOf(DECISIONS).map(({ body }) => body);

describe('filters', () => {
  test('are in the address, and in the request; the last day counts too', async () => {
    openAdmin(
      service,
      '#/files?verdict=infected&owner=ann&from=2030-01-01&until=2030-01-01&min=1.5&sort=size',
    );
    await soon(() =>
      expect(lastQuery()).toEqual({
        limit: '50',
        virus_scan_status: 'infected',
        owner: 'ann',
        created_from: new Date(2030, 0, 1).toISOString(),
        created_until: new Date(2030, 0, 2).toISOString(),
        min_size: '1500000',
        sort: 'size',
      }),
    );
  });

  test('change the address without a step back, and are cleared together', async () => {
    const page = openAdmin(service, '#/files');
    const steps = history.length;
    await page.select('filter-verdict', 'infected');
    await page.fill('filter-search', ' b ');
    await soon(() => expect(location.hash).toBe('#/files?verdict=infected&search=b'));
    await soon(() => expect(lastQuery()).toMatchObject({ search: 'b', virus_scan_status: 'infected' }));
    expect(history.length).toBe(steps);
    await page.click('clear-filters');
    expect(location.hash).toBe('#/files');
  });

  test('a space at the end of a search is kept while its next word is typed', async () => {
    const page = openAdmin(service, '#/files');
    await page.fill('filter-search', 'bill of ');
    await soon(() => expect(lastQuery()).toMatchObject({ search: 'bill of' }));
    expect((page.get('filter-search') as HTMLInputElement).value).toBe('bill of ');
    await page.click('clear-filters');
    expect((page.get('filter-search') as HTMLInputElement).value).toBe('');
  });

  test('that are rarely used stay open while they are cleared', async () => {
    const page = openAdmin(service, '#/files?owner=ann');
    const details = (await page.find('more-filters')).closest('details');
    expect(details?.open).toBe(true);
    await page.fill('filter-owner', '');
    await soon(() => expect(location.hash).toBe('#/files'));
    expect(details?.open).toBe(true);
  });

  test('without an answer, the files of the filter before are not shown', async () => {
    const page = openAdmin(service, '#/files');
    await page.find('files-row');
    service.isOnline = false;
    await page.select('filter-verdict', 'infected');
    expect((await page.find('list-failed')).textContent).toContain("Can't reach Longshore");
    expect(page.all('files-row')).toEqual([]);
  });

  test('a filter that finds nothing is not an empty service', async () => {
    service.on(FILES, () => pageOf([]));
    const page = openAdmin(service, '#/files?search=nothing');
    expect((await page.find('list-empty')).textContent).toBe('No matching files');
  });
});

async function decideSelected(page: AdminTestPage, action: string, reason = ''): Promise<void> {
  await page.find('files-row');
  page.all('choose')[1]?.click();
  await page.click(`decide-${action}`);
  if (reason) await page.fill('reason', reason);
  await page.submit();
}

describe('a decision about selected files', () => {
  test('needs a reason to release, then shows what was done', async () => {
    service.on(DECISIONS, () => decision({ action: 'release', reason: 'Checked.' }));
    const page = openAdmin(service, '#/files');
    await decideSelected(page, 'release');
    expect(page.get('dialog-problem').textContent).toContain('Enter a reason');
    expect(bodies()).toEqual([]);
    await page.fill('reason', ' Checked. ');
    const listed = service.callsOf(FILES).length;
    await page.submit();
    expect((await page.find('decision')).dataset['state']).toBe('done');
    expect(bodies()).toEqual([{ action: 'release', file_ids: ['b'], reason: 'Checked.' }]);
    expect(page.get('decision-figures').textContent).toBe('1 decided');
    await soon(() => expect(service.callsOf(FILES).length).toBeGreaterThan(listed));
    expect(page.get('chosen').textContent).toContain('Select files');
  });

  test('that the service refuses stays open, with the reason', async () => {
    service.on(DECISIONS, () => {
      throw new Refusal(503, 'database_unavailable', 'The database is down.');
    });
    const page = openAdmin(service, '#/files');
    await decideSelected(page, 'delete');
    await soon(() => expect(page.get('dialog-problem').textContent).toContain('The database is down.'));
  });

  test('names the files that another operator decided about', async () => {
    const reasons = [{ file_id: 'b', reason: 'It is served already.' }];
    service.on(DECISIONS, () => decision({ action: 'release', done: 0, skipped: 1, reasons }));
    const page = openAdmin(service, '#/files');
    await decideSelected(page, 'release', 'Checked.');
    expect((await page.find('decision-reasons')).textContent).toContain('It is served already.');
  });
});

test('another filter clears the selection', async () => {
  const page = openAdmin(service, '#/files?verdict=infected');
  await page.find('files-row');
  page.all('choose')[1]?.click();
  await page.click('choose-all-found');
  expect(page.get('chosen').textContent).toContain('All files that the filter finds');
  await page.select('filter-verdict', 'clean');
  expect(page.get('chosen').textContent).toContain('Select files');
  expect(page.all('decide-rescan')).toEqual([]);
});

describe('a decision about all that the filter finds', () => {
  const open = async () => {
    const page = openAdmin(service, '#/files?verdict=error');
    await page.click('choose-all-found');
    await page.click('decide-rescan');
    return page;
  };

  test('shows the number of files first', async () => {
    service.on(DECISIONS, ({ body }) =>
      (body as { dry_run?: boolean }).dry_run
        ? decision({ decision_id: null, state: 'dry_run', matched: 10_000, is_exact: false, done: 0 })
        : decision({ state: 'running', matched: 10_000, is_exact: false, done: 0, ended_at: null }),
    );
    const page = await open();
    const count = formatCount(10_000);
    await soon(() =>
      expect(page.get('matched').textContent).toBe(`The filter finds at least ${count} files.`),
    );
    await page.submit();
    expect((await page.find('decision')).dataset['state']).toBe('running');
    expect(bodies()[1]).toEqual({ action: 'rescan', filter: { virus_scan_status: 'error' } });
  });

  test.each([
    [
      'finds none',
      () => decision({ decision_id: null, state: 'dry_run', matched: 0 }),
      'The filter finds no files.',
    ],
    [
      'could not be counted',
      () => {
        throw new Refusal(503, 'database_unavailable', 'The database is down.');
      },
      "Couldn't count the files. The database is down.",
    ],
  ])('is not sent if it %s', async (_, answer, text) => {
    service.on(DECISIONS, answer);
    const page = await open();
    await soon(() => expect(page.get('matched').textContent).toContain(text));
    await page.submit();
    expect(bodies()).toHaveLength(1);
  });

  test('is not offered without a filter', async () => {
    const page = openAdmin(service, '#/files');
    await page.find('files-row');
    expect(page.all('choose-all-found')).toEqual([]);
  });
});
