import { beforeEach, describe, expect, test } from 'vitest';
import '../../details/panel'; // loaded before the tests, as this takes a while
import { FakeBackend, fileRecord, infected, NOW } from '../fakes';
import { openPage } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
});

/** The details of the first row's file. */
async function openDetails(...files: ReturnType<typeof fileRecord>[]) {
  backend.files = files;
  const page = openPage(backend);
  await page.click('details');
  return { page, panel: await page.find('details-panel') };
}

test('show what is known about a file', async () => {
  backend.users = [{ id: 'u', name: 'Ann', created_at: NOW }];
  backend.appointments = [{ id: 'v', user_id: 'u', title: 'Visit 3', created_at: NOW }];
  history.replaceState(null, '', '/?folder=photos/2026');
  const { page, panel } = await openDetails(
    fileRecord({
      id: 'a',
      filename: 'a.txt',
      detected_content_type: 'application/pdf',
      checksum: 'SHA256:abc=-2',
      path_name: 'photos/2026',
      owner: 'clinic',
      user_id: 'u',
      appointment_id: 'v',
      policy: 'scans',
      legal_hold: true,
      expires_at: '2031-01-01T00:00:00Z',
    }),
  );
  await soon(() => expect(panel.textContent).toContain('ClamAV 1.4.3/27900'));
  await soon(() => expect(page.get('details-belongs-to').textContent).toMatch(/clinic.*Ann.*Visit 3/));
  for (const text of ['application/pdf', 'another type', 'SHA256:abc=-2', 'photos/2026', 'scans', '2031'])
    expect(panel.textContent).toContain(text);
  expect(page.get('details-dates').textContent).toContain("can't be deleted");
  expect(page.get('verify-command').textContent).toBe(`longshore verify a.jws FILE --url ${location.origin}`);
});

test('show the decision of an operator, and no links of a file in quarantine', async () => {
  const decision = { action: 'block' as const, by: 'olga', at: NOW, reason: 'not ours' };
  const { page } = await openDetails(infected({ id: 'a', decision }));
  expect(page.get('details-decision').textContent).toMatch(/Blocked.*olga.*not ours/);
  expect(page.all('new-link')).toEqual([]);
});

test('follow a scan until its verdict', async () => {
  const { page } = await openDetails(fileRecord({ id: 'a', virus_scan_status: 'pending' }));
  const state = () => page.get('details-panel').querySelector('[data-testid=file-state]')?.textContent;
  await soon(() => expect(state()).toBe('Waiting for scan'));
  backend.replace(fileRecord({ id: 'a', virus_scan_status: 'scanning' }));
  await soon(() => {
    backend.clock.advance(1_500);
    expect(state()).toBe('Scanning');
  });
  backend.replace(infected({ id: 'a' }));
  await soon(() => {
    backend.clock.advance(1_500);
    expect(state()).toBe('Infected');
  });
  await soon(() => expect(page.get('file-row').dataset['state']).toBe('infected'));
});

test('name a file that was deleted meanwhile', async () => {
  const { page } = await openDetails(fileRecord({ id: 'a' }));
  await page.find('new-link');
  backend.files = [];
  await soon(() => {
    backend.clock.advance(15_000);
    expect(page.get('details-gone').textContent).toContain('deleted meanwhile');
  });
  expect(page.all('new-link')).toEqual([]);
  await soon(() => expect(page.names()).toEqual([]));
});

test('close when the file is deleted here, and the undo button gets the focus', async () => {
  const { page, panel } = await openDetails(fileRecord({ id: 'a' }));
  panel.querySelector<HTMLElement>('[data-testid=delete]')?.click();
  await soon(() => expect(page.all('details-panel')).toEqual([]));
  expect(document.activeElement).toBe(page.get('undo'));
});

test('are renamed with the file, and undo it', async () => {
  const { page, panel } = await openDetails(fileRecord({ id: 'a', filename: 'a.txt' }));
  panel.querySelector<HTMLElement>('[data-testid=rename]')?.click();
  await page.fill('name-input', 'b.txt');
  await page.submit();
  await soon(() => expect(page.get('details-name').textContent).toBe('b.txt'));
  await page.click('details-undo');
  await soon(() => expect(page.get('details-name').textContent).toBe('a.txt'));
  expect(page.all('details-undo')).toEqual([]);
});

test('of a private file ask for its password, and then show the rest', async () => {
  backend.credential = { password: '1' };
  const { page } = await openDetails(fileRecord({ id: 'a', is_private: true }));
  expect(page.all('new-link')).toEqual([]);
  expect(backend.calls).not.toContain('GET /file/status/a');
  await page.click('details-unlock');
  await page.fill('credential-password', '1');
  await page.submit();
  await page.find('new-link');
  await page.find('receipt');
  expect(page.all('details-unlock')).toEqual([]);
});

describe('links', () => {
  test('are created with limits, shown once, listed and revoked', async () => {
    const { page } = await openDetails(fileRecord({ id: 'a' }));
    await page.find('no-links');
    await page.click('new-link');
    await page.select('link-duration', '86400');
    await page.fill('link-downloads', '3');
    await page.fill('link-password', 'seven seas');
    const form = (await page.find('create-link')).closest('form');
    form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    const url = (await page.find('link-url')) as HTMLInputElement;
    expect(url.value).toBe('https://l.test/a');
    expect(backend.bodies).toContainEqual({
      expires_in: 86400,
      max_downloads: 3,
      password: 'seven seas',
      disposition: 'inline',
    });
    expect((await page.find('link')).textContent).toMatch(/Active.*0 of 3 downloads.*with a password/);
    await page.click('revoke-link');
    await soon(() => expect(page.get('link').dataset['state']).toBe('revoked'));
    expect(page.all('revoke-link')).toEqual([]);
  });
});
