import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Uploader } from '../../client/index';
import { fakeMemory } from '../../client/tests/fakes';
import { AppContextProvider, createAppContext } from '../page/app-context';
import { Login } from '../../shared/state/login';
import { Banners } from '../../shared/ui/banners';
import { RequireLogin } from '../../shared/ui/require-login';
import { TestPage as Page, type } from '../../shared/tests/page';
import { soon } from '../../client/tests/soon';

/** The service's keys and their accounts; null: login is off. */
let keys: Record<string, { subject: string | null; scopes: string[] }> | null;
let status: number;
let attacks: string[];
let waiting: Promise<void>;
let quota: { used_bytes: number | null; allowed_bytes: number | null };
const sent: (string | null)[] = [];
const reset = vi.fn();
let close: () => void = () => undefined;

beforeEach(() => {
  keys = { lsk_ann: { subject: 'ann', scopes: ['upload', 'read'] } };
  status = 200;
  attacks = [];
  waiting = Promise.resolve();
  quota = { used_bytes: 12_000_000_000, allowed_bytes: 50_000_000_000 };
  sent.length = 0;
  reset.mockReset();
});
afterEach(() => {
  close();
  sessionStorage.clear();
});

const answer = async (path: string, init: RequestInit = {}): Promise<Response> => {
  await waiting;
  if (path !== '/api/v1/users/me') throw new Error(`Unmocked request: ${path}`);
  const given = new Headers(init.headers).get('Authorization');
  sent.push(given);
  if (status === 0) return Promise.reject(new TypeError('Failed to fetch'));
  const account = keys === null ? { subject: null, scopes: [] } : keys[given?.replace('Bearer ', '') ?? ''];
  if (status !== 200) return Promise.resolve(refusal(status, 'database_unavailable'));
  if (!account) return Promise.resolve(refusal(401, 'token_refused'));
  const data = { ...account, ...quota, storage_lets_through: attacks };
  return Promise.resolve(Response.json({ data, message: '', success: true }));
};

const refusal = (code: number, name: string) =>
  Response.json({ code: name, message: `${name}.`, errors: [], success: false }, { status: code });

function open() {
  const login = new Login(reset);
  const retry = { attempts: 1, baseDelay: 0, maxDelay: 0 };
  const memory = fakeMemory();
  const uploader = new Uploader({ endpoint: '', fetch: answer, auth: login.auth, retry, memory });
  const context = createAppContext({ memory, uploader, login });
  const root = document.createElement('div');
  document.body.append(root);
  void act(() => {
    render(
      <AppContextProvider value={context}>
        <RequireLogin header={null} footer={null}>
          <Banners />
          <p data-testid="inside">the page</p>
        </RequireLogin>
      </AppContextProvider>,
      root,
    );
  });
  close = () => {
    render(null, root);
    root.remove();
  };
  return { page: new Page(root), context };
}

async function enter(page: Page, token: string): Promise<void> {
  await type((await page.find('login-token')) as HTMLInputElement, token);
  await act(
    () => void page.get('login').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
  );
}

describe('the login form', () => {
  test('is not shown without login', async () => {
    keys = null;
    quota = { used_bytes: null, allowed_bytes: null };
    const { page } = open();
    await page.find('inside');
    expect(page.all('account')).toEqual([]);
    expect(sent).toEqual([null]);
  });

  test('the page warns callers with access to everything that storage accepts unsigned requests', async () => {
    keys = null;
    attacks = ['a part sent by an unsigned stream'];
    const { page } = open();
    expect((await page.find('banner-storage-unsafe')).textContent).toBe(
      'Storage accepts unsigned requests. Files could be read or replaced. ' +
        'Put the request filter in front of storage. "longshore doctor" lists the attack, docs/security.md the rules.',
    );
  });

  test('the page does not warn where storage refuses them', async () => {
    keys = null;
    const { page } = open();
    await page.find('inside');
    expect(page.all('banner-storage-unsafe')).toEqual([]);
  });

  test('asks for a key, then shows the page', async () => {
    const { page } = open();
    await page.find('login');
    expect(page.get('login-problem').textContent).toBe('');
    await enter(page, ' lsk_ann ');
    await page.find('inside');
    expect(page.get('account').textContent).toContain('ann');
    expect(page.get('quota').textContent).toBe('12 GB of 50 GB used');
    expect(sent.at(-1)).toBe('Bearer lsk_ann');
  });

  test('refuses a wrong key, and does not store it', async () => {
    const { page } = open();
    await enter(page, 'lsk_bob');
    await soon(() => expect(page.get('login-problem').textContent).toContain('not valid'));
    expect(page.all('inside')).toEqual([]);
    expect(sessionStorage.length).toBe(0);
    await enter(page, '');
    expect(page.get('login-problem').textContent).toBe('This field is required.');
  });

  test('shows an error when the service cannot check the key, and does not store it', async () => {
    const { page } = open();
    await page.find('login');
    status = 503;
    await enter(page, 'lsk_ann');
    await soon(() => expect(page.get('login-problem').textContent).toBe('database_unavailable.'));
    expect(sessionStorage.length).toBe(0);
  });

  test('is skipped with the key of this tab, which is in sessionStorage only', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page } = open();
    await page.find('inside');
    expect(sent[0]).toBe('Bearer lsk_ann');
    expect(localStorage.length).toBe(0);
    expect(location.href).not.toContain('lsk_ann');
  });

  test('is skipped while the service is unreachable: the page has a banner for it', async () => {
    status = 0;
    const { page } = open();
    await page.find('inside');
  });

  test('is skipped when the service is slow, and shown when it then requires a key', async () => {
    vi.useFakeTimers();
    let wake: () => void = () => undefined;
    waiting = new Promise((resolve) => (wake = resolve));
    const { page } = open();
    expect(page.all('inside')).toEqual([]);
    await act(() => void vi.advanceTimersByTime(2000));
    expect(page.all('inside')).toHaveLength(1);
    vi.useRealTimers();
    wake();
    await page.find('login');
  });

  test('is shown with the reason when a key expires', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page, context } = open();
    await page.find('inside');
    keys = {};
    await act(() => context.login.refresh());
    await soon(() => expect(page.get('login-problem').textContent).toContain('no longer valid'));
    expect(page.all('inside')).toEqual([]);
    expect(sessionStorage.length).toBe(0);
  });

  test('resets the page for another subject', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page, context } = open();
    await page.find('inside');
    keys = { lsk_bob: { subject: 'bob', scopes: ['read'] }, lsk_ann2: { subject: 'ann', scopes: ['admin'] } };
    await act(() => context.login.refresh());
    await enter(page, 'lsk_ann2');
    await page.find('inside');
    expect(reset).not.toHaveBeenCalled();
    delete keys['lsk_ann2'];
    await act(() => context.login.refresh());
    await enter(page, 'lsk_bob');
    await page.find('inside');
    expect(reset).toHaveBeenCalledOnce();
  });
});

describe('the account', () => {
  const notes = {
    upload: 'This key can upload files, but not list or download them.',
    read: 'This key can list and download files, but not upload them.',
    'upload read': 'This key can upload and download files, but not delete them.',
  };

  test.each(['upload', 'read', 'upload read', 'admin'] as const)('with the scope %s', async (scope) => {
    keys = { lsk_ann: { subject: 'ann', scopes: scope.split(' ') } };
    quota = { used_bytes: 500, allowed_bytes: null };
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page } = open();
    await page.find('inside');
    expect(page.all('scope-note').map((note) => note.textContent)).toEqual(
      scope === 'admin' ? [] : [notes[scope]],
    );
    expect(page.get('quota').textContent).toBe('500 bytes used');
  });

  test('the quota is refreshed once for several changes', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page, context } = open();
    await page.find('inside');
    quota.used_bytes = 13_000_000_000;
    const before = sent.length;
    for (let change = 0; change < 5; change += 1) context.login.refreshSoon();
    await soon(() => expect(page.get('quota').textContent).toBe('13 GB of 50 GB used'));
    expect(sent.length - before).toBe(1);
  });

  test('signing out removes the key and resets the page', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page } = open();
    await page.click('sign-out');
    expect(reset).toHaveBeenCalledOnce();
    expect(sessionStorage.length).toBe(0);
  });
});
