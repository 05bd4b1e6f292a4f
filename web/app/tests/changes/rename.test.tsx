import { beforeEach, expect, test, vi } from 'vitest';
import { UNDO_TIME } from '../../changes/deletions';
import { FakeBackend, fileRecord } from '../fakes';
import { openPage, type Page } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  backend.files = [fileRecord({ id: 'a', filename: 'scan.final.pdf', version: 3 })];
});

const shows = (page: Page, ...names: string[]) => soon(() => expect(page.names()).toEqual(names));
const renames = () => backend.calls.filter((call) => call.startsWith('PATCH'));
const press = (
  key: string,
  target: EventTarget = document.body,
  keys: KeyboardEventInit = { ctrlKey: true },
) => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...keys }));
const rename = async (page: Page, name: string) => {
  await page.click('rename');
  await page.fill('name-input', name);
  await page.submit();
};

test('a file gets its new name, and the name before its extension is selected', async () => {
  const page = openPage(backend);
  await page.click('rename');
  const input = (await page.find('name-input')) as HTMLInputElement;
  expect(input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0)).toBe('scan.final');
  await page.fill('name-input', 'scan.final.exe');
  expect(page.get('extension-hint').textContent).toMatch(/from .*\.pdf.* to .*\.exe/);
  await page.fill('name-input', ' report.pdf ');
  expect(page.get('extension-hint').textContent).toBe('');
  await page.submit();
  await shows(page, 'report.pdf');
  expect(page.all('rename-dialog')).toEqual([]);
  expect(backend.bodies.filter((body) => 'filename' in body)).toEqual([{ filename: 'report.pdf' }]);
});

test('an empty name is refused, and an unchanged one sends nothing', async () => {
  const page = openPage(backend);
  await rename(page, '  ');
  expect(page.get('dialog-problem').textContent).toBe('This field is required.');
  await page.fill('name-input', 'scan.final.pdf');
  await page.submit();
  await soon(() => expect(page.all('rename-dialog')).toEqual([]));
  expect(renames()).toEqual([]);
});

test('a file that someone else renamed shows that name, and can then be renamed', async () => {
  const page = openPage(backend);
  await page.find('rename');
  backend.replace(fileRecord({ id: 'a', filename: 'theirs.pdf', version: 4 }));
  await rename(page, 'mine.pdf');
  await soon(() => expect(page.get('dialog-problem').textContent).toContain('theirs.pdf'));
  expect(backend.files[0]?.filename).toBe('theirs.pdf');
  await page.submit();
  await shows(page, 'mine.pdf');
});

test('another change by someone else is no conflict', async () => {
  const page = openPage(backend);
  await page.find('rename');
  backend.replace(fileRecord({ id: 'a', filename: 'scan.final.pdf', version: 9, user_id: 'ann' }));
  await rename(page, 'mine.pdf');
  await shows(page, 'mine.pdf');
});

test('a file that was deleted meanwhile is named', async () => {
  const page = openPage(backend);
  await page.find('rename');
  backend.files = [];
  await rename(page, 'mine.pdf');
  await soon(() => expect(page.get('dialog-problem').textContent).toContain('deleted'));
});

test('the undo bar gives the former name back, and leaves after the undo time', async () => {
  const page = openPage(backend);
  await rename(page, 'report.pdf');
  await shows(page, 'report.pdf');
  expect(page.get('undo-bar').textContent).toContain('report.pdf');
  await page.click('undo');
  await shows(page, 'scan.final.pdf');
  await soon(() => expect(page.all('undo-bar')).toEqual([]));
  await rename(page, 'report.pdf');
  await page.find('undo-bar');
  backend.clock.advance(UNDO_TIME);
  await soon(() => expect(page.all('undo-bar')).toEqual([]));
});

test('an undo that came too late shows the name that the file has', async () => {
  const page = openPage(backend);
  await rename(page, 'report.pdf');
  await page.find('undo');
  backend.replace(fileRecord({ id: 'a', filename: 'theirs.pdf', version: 9 }));
  await page.click('undo');
  await soon(() => expect(page.get('undo-bar').textContent).toContain('theirs.pdf'));
  expect(backend.files[0]?.filename).toBe('theirs.pdf');
});

test('Ctrl+Z undoes the last changes one by one, also after the bar has disappeared', async () => {
  backend.files.push(fileRecord({ id: 'b', filename: 'b.txt' }));
  const page = openPage(backend);
  await rename(page, 'report.pdf');
  await shows(page, 'report.pdf', 'b.txt');
  backend.clock.advance(UNDO_TIME);
  await soon(() => expect(page.all('undo-bar')).toEqual([]));
  document.querySelector<HTMLElement>('[data-file-id="b"] [data-testid="delete"]')?.click();
  await shows(page, 'report.pdf');
  press('z');
  await shows(page, 'report.pdf', 'b.txt');
  press('Z', document.body, { metaKey: true });
  await shows(page, 'scan.final.pdf', 'b.txt');
  expect(press('z')).toBe(true); // nothing is left: the browser may use the key
});

test('Ctrl+Z in a text field, with another key, or after the deletion was sent undoes nothing', async () => {
  const page = openPage(backend);
  await page.click('delete');
  await shows(page);
  press('z', page.get('search'));
  press('z', document.body, { ctrlKey: true, shiftKey: true });
  press('z', document.body, {});
  expect(page.names()).toEqual([]);
  (document.activeElement as HTMLElement).blur();
  backend.clock.advance(UNDO_TIME);
  await soon(() => expect(backend.files).toEqual([]));
  press('z');
  expect(page.names()).toEqual([]);
});

test('a private file asks for its password first', async () => {
  backend.files = [fileRecord({ id: 'a', filename: 'a.pdf', is_private: true })];
  backend.credential = { password: '1' };
  const page = openPage(backend);
  await page.click('rename');
  await page.fill('credential-password', '1');
  await page.submit();
  await page.fill('name-input', 'b.pdf');
  await page.submit();
  await shows(page, 'b.pdf');
  press('z');
  await shows(page, 'a.pdf');
});

test('a key without the scope upload renames nothing', async () => {
  const context = backend.context();
  const account = { subject: 'ann', used_bytes: null, allowed_bytes: null, storage_lets_through: [] };
  context.login.account.set({ ...account, scopes: ['read'] });
  vi.spyOn(backend, 'context').mockReturnValue(context);
  const page = openPage(backend);
  await shows(page, 'scan.final.pdf');
  expect(page.all('rename')).toEqual([]);
});

test('the failed scan of a stored file is repeated from its row', async () => {
  backend.files = [fileRecord({ id: 'a', filename: 'a.pdf', virus_scan_status: 'error' })];
  const page = openPage(backend);
  await page.click('scan-again');
  backend.replace(fileRecord({ id: 'a', filename: 'a.pdf', virus_scan_status: 'pending' }));
  await soon(() => expect(page.states()).toEqual(['queued']));
  expect(backend.bodies).toContainEqual({ file_id: 'a' });
});
