import { beforeEach, describe, expect, test, vi } from 'vitest';
import { UNDO_TIME } from '../../changes/deletions';
import { FakeBackend, fileRecord } from '../fakes';
import { openPage, type Page } from '../page';
import { soon } from '../../../client/tests/soon';

let backend: FakeBackend;
beforeEach(() => {
  backend = new FakeBackend();
  backend.files = [fileRecord({ id: 'a', filename: 'a.txt' }), fileRecord({ id: 'b', filename: 'b.txt' })];
});

const shows = (page: Page, ...names: string[]) => soon(() => expect(page.names()).toEqual(names));
const deletions = () => backend.calls.filter((call) => call.startsWith('DELETE'));
/** Moves the focus away and lets time pass. */
const later = (milliseconds = UNDO_TIME) => {
  (document.activeElement as HTMLElement).blur();
  backend.clock.advance(milliseconds);
};
const press = async (page: Page, id: string) => {
  await page.find('delete');
  document.querySelector<HTMLElement>(`[data-file-id="${id}"] [data-testid="delete"]`)?.click();
};

test.each([
  [['upload', 'read'], 0],
  [['upload', 'read', 'delete'], 2],
  [['admin'], 2],
])('with the scopes %j there are %i delete buttons', async (scopes, offered) => {
  const context = backend.context();
  const account = { subject: 'ann', used_bytes: null, allowed_bytes: null, storage_lets_through: [] };
  context.login.account.set({ ...account, scopes });
  vi.spyOn(backend, 'context').mockReturnValue(context);
  const page = openPage(backend);
  await shows(page, 'a.txt', 'b.txt');
  expect(page.all('delete').length).toBe(offered);
});

describe('a deleted file', () => {
  test('leaves the list at once, and storage after the undo time', async () => {
    const page = openPage(backend);
    await press(page, 'a');
    await shows(page, 'b.txt');
    expect(page.get('announcement').textContent).toContain('deleted');
    await soon(() => expect(document.activeElement).toBe(page.get('undo')));
    later(UNDO_TIME - 1);
    await Promise.resolve();
    expect(deletions()).toEqual([]);
    backend.clock.advance(1);
    await soon(() => expect(deletions()).toEqual(['DELETE /file/a']));
    await soon(() => expect(page.all('undo-bar')).toEqual([]));
    expect(page.names()).toEqual(['b.txt']);
    await soon(() => expect(document.activeElement?.id).toBe('files-title'));
  });

  test('comes back when the deletion is undone, and nothing was sent', async () => {
    const page = openPage(backend);
    await press(page, 'a');
    await page.click('undo');
    await shows(page, 'a.txt', 'b.txt');
    later();
    await soon(() => expect(document.activeElement?.getAttribute('data-testid')).toBe('delete'));
    expect(deletions()).toEqual([]);
  });

  test('comes back with an error when the service refuses, and can be deleted again', async () => {
    backend.refuseDeletions = true;
    const page = openPage(backend);
    await press(page, 'a');
    await shows(page, 'b.txt');
    later();
    await shows(page, 'a.txt', 'b.txt');
    expect(page.get('file-row').textContent).toContain("Couldn't delete the file. legal_hold.");
    expect(page.get('announcement-urgent').textContent).toContain("Couldn't delete");
    backend.refuseDeletions = false;
    await press(page, 'a');
    await shows(page, 'b.txt');
    later();
    await soon(() => expect(backend.files).toHaveLength(1));
    await shows(page, 'b.txt');
  });

  test("is not done where a proxy answers 404 in the service's place", async () => {
    const page = openPage(backend);
    await press(page, 'a');
    await shows(page, 'b.txt');
    backend.isBehindBrokenProxy = true;
    later();
    await shows(page, 'a.txt', 'b.txt');
    expect(page.get('file-row').textContent).toContain("Couldn't delete the file. The service answered 404");
    expect(backend.files).toHaveLength(2);
  });

  test('that another client has deleted meanwhile is no error', async () => {
    const page = openPage(backend);
    await press(page, 'a');
    await shows(page, 'b.txt');
    backend.files = backend.files.slice(1);
    later();
    await soon(() => expect(deletions()).toEqual(['DELETE /file/a']));
    expect(page.get('announcement-urgent').textContent).toBe('');
    expect(page.names()).toEqual(['b.txt']);
  });

  test('of this page leaves its row and comes back to it', async () => {
    backend.files = [];
    const page = openPage(backend);
    page.choose(new File(['x'], 'own.txt'));
    await page.settles('clean');
    await page.click('delete');
    await shows(page);
    await page.click('undo');
    await shows(page, 'own.txt');
    await page.click('delete');
    later();
    await page.find('list-empty');
    await soon(() => expect(backend.files).toEqual([]));
  });
});

describe('several deleted files', () => {
  test('can be undone one by one', async () => {
    const page = openPage(backend);
    await press(page, 'a');
    await press(page, 'b');
    await shows(page);
    await soon(() => expect(document.activeElement).toBe(page.all('undo')[1]));
    await page.click('undo');
    await shows(page, 'a.txt');
    later();
    await soon(() => expect(deletions()).toEqual(['DELETE /file/b']));
  });

  test('wait while a button has the keyboard focus', async () => {
    const page = openPage(backend);
    await press(page, 'a');
    await soon(() => expect(document.activeElement).toBe(page.get('undo')));
    backend.clock.advance(10 * UNDO_TIME);
    await Promise.resolve();
    expect(deletions()).toEqual([]);
    later();
    await soon(() => expect(deletions()).toEqual(['DELETE /file/a']));
  });

  test('wait while the pointer is on the bar', async () => {
    const page = openPage(backend);
    await press(page, 'a');
    const bar = await page.find('undo-bar');
    (document.activeElement as HTMLElement).blur();
    bar.dispatchEvent(new MouseEvent('mouseenter'));
    backend.clock.advance(10 * UNDO_TIME);
    await Promise.resolve();
    expect(deletions()).toEqual([]);
    bar.dispatchEvent(new MouseEvent('mouseleave'));
    later();
    await soon(() => expect(deletions()).toEqual(['DELETE /file/a']));
  });
});

describe('when the page closes', () => {
  test('deletions are sent at once, and the next page hides the files meanwhile', async () => {
    const page = openPage(backend);
    await press(page, 'a');
    await shows(page, 'b.txt');
    backend.refuseDeletions = true; // otherwise it is deleted before the next page loads its list
    dispatchEvent(new Event('pagehide'));
    await soon(() => expect(deletions()).toEqual(['DELETE /file/a']));

    backend.files = backend.files.slice();
    const next = openPage(backend);
    await shows(next, 'b.txt');
    later();
    await shows(next, 'a.txt', 'b.txt');
  });

  test('nothing is sent or stored without deletions', async () => {
    const page = openPage(backend);
    await page.find('delete');
    dispatchEvent(new Event('pagehide'));
    expect(sessionStorage.getItem('longshore.deleting')).toBeNull();
    expect(deletions()).toEqual([]);
  });
});

test('a private file asks for its credential first, and shows where it is wrong', async () => {
  backend.files = [fileRecord({ id: 'a', filename: 'a.txt', is_private: true })];
  backend.credential = { password: '1' };
  const page = openPage(backend);
  await page.click('delete');
  await page.fill('credential-password', '2');
  await page.submit();
  await soon(() => expect(page.get('dialog-problem').textContent).toContain('Wrong password'));
  expect(page.names()).toEqual(['a.txt']);

  await page.fill('credential-password', '1');
  await page.submit();
  await shows(page);
  later();
  await soon(() => expect(backend.files).toEqual([]));
});
