import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Uploader } from '../../client/index';
import { fakeMemory } from '../../client/tests/fakes';
import { HarbourProvider, openHarbour } from '../state/harbour';
import { Login } from '../state/login';
import { Banners } from '../ui/banners';
import { Gate } from '../ui/gate';
import { Page, type } from './page';

/** The service: it knows these keys and whom they are of; null: login is off. */
let keys: Record<string, { subject: string | null; scopes: string[] }> | null;
let status: number;
let leaks: string[];
let waiting: Promise<void>;
let quota: { used_bytes: number | null; allowed_bytes: number | null };
const sent: (string | null)[] = [];
const left = vi.fn();
let close: () => void = () => undefined;

beforeEach(() => {
  keys = { lsk_ann: { subject: 'ann', scopes: ['upload', 'read'] } };
  status = 200;
  leaks = [];
  waiting = Promise.resolve();
  quota = { used_bytes: 12_000_000_000, allowed_bytes: 50_000_000_000 };
  sent.length = 0;
  left.mockReset();
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
  const data = { ...account, ...quota, storage_lets_through: leaks };
  return Promise.resolve(Response.json({ data, message: '', success: true }));
};

const refusal = (code: number, name: string) =>
  Response.json({ code: name, message: `${name}.`, errors: [], success: false }, { status: code });

function open() {
  const login = new Login(left);
  const retry = { attempts: 1, baseDelay: 0, maxDelay: 0 };
  const memory = fakeMemory();
  const uploader = new Uploader({ endpoint: '', fetch: answer, auth: login.auth, retry, memory });
  const harbour = openHarbour({ memory, uploader, login });
  const root = document.createElement('div');
  document.body.append(root);
  void act(() => {
    render(
      <HarbourProvider value={harbour}>
        <Gate>
          <Banners />
          <p data-testid="inside">the page</p>
        </Gate>
      </HarbourProvider>,
      root,
    );
  });
  close = () => {
    render(null, root);
    root.remove();
  };
  return { page: new Page(root), harbour };
}

async function enter(page: Page, token: string): Promise<void> {
  await type((await page.find('login-token')) as HTMLInputElement, token);
  await act(
    () => void page.get('login').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
  );
}

describe('the door', () => {
  test('is not there where login is off', async () => {
    keys = null;
    quota = { used_bytes: null, allowed_bytes: null };
    const { page } = open();
    await page.find('inside');
    expect(page.all('account')).toEqual([]);
    expect(sent).toEqual([null]);
  });

  test('warns callers who may know of a storage that accepts unsigned requests', async () => {
    keys = null;
    leaks = ['a part sent by an unsigned stream'];
    const { page } = open();
    expect((await page.find('banner-storage-unsafe')).textContent).toBe(
      'Storage accepts unsigned requests. Files could be read or replaced. ' +
        'Put the request filter in front of storage. "longshore doctor" lists the attack, docs/security.md the rules.',
    );
  });

  test('says nothing of a storage that refuses them', async () => {
    keys = null;
    const { page } = open();
    await page.find('inside');
    expect(page.all('banner-storage-unsafe')).toEqual([]);
  });

  test('asks for a key, and opens', async () => {
    const { page } = open();
    await page.find('login');
    expect(page.get('login-problem').textContent).toBe('');
    await enter(page, ' lsk_ann ');
    await page.find('inside');
    expect(page.get('account').textContent).toContain('ann');
    expect(page.get('quota').textContent).toBe('12 GB of 50 GB used');
    expect(sent.at(-1)).toBe('Bearer lsk_ann');
  });

  test('stays shut for a wrong key, which is kept nowhere', async () => {
    const { page } = open();
    await enter(page, 'lsk_bob');
    await vi.waitFor(() => expect(page.get('login-problem').textContent).toContain('not valid'));
    expect(page.all('inside')).toEqual([]);
    expect(sessionStorage.length).toBe(0);
    await enter(page, '');
    expect(page.get('login-problem').textContent).toBe('This field is required.');
  });

  test('says so when the service cannot judge a key, and keeps none', async () => {
    const { page } = open();
    await page.find('login');
    status = 503;
    await enter(page, 'lsk_ann');
    await vi.waitFor(() => expect(page.get('login-problem').textContent).toBe('database_unavailable.'));
    expect(sessionStorage.length).toBe(0);
  });

  test('is passed with the key of this tab, which no other storage has', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page } = open();
    await page.find('inside');
    expect(sent[0]).toBe('Bearer lsk_ann');
    expect(localStorage.length).toBe(0);
    expect(location.href).not.toContain('lsk_ann');
  });

  test('opens while the service is away: the page says so itself', async () => {
    status = 0;
    const { page } = open();
    await page.find('inside');
  });

  test('opens when the service takes too long to answer, and shuts when it then wants a key', async () => {
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

  test('shuts when a key ends, and says why', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page, harbour } = open();
    await page.find('inside');
    keys = {};
    await act(() => harbour.login.refresh());
    await vi.waitFor(() => expect(page.get('login-problem').textContent).toContain('no longer valid'));
    expect(page.all('inside')).toEqual([]);
    expect(sessionStorage.length).toBe(0);
  });

  test('of another subject begins with an empty page', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page, harbour } = open();
    await page.find('inside');
    keys = { lsk_bob: { subject: 'bob', scopes: ['read'] }, lsk_ann2: { subject: 'ann', scopes: ['admin'] } };
    await act(() => harbour.login.refresh());
    await enter(page, 'lsk_ann2');
    await page.find('inside');
    expect(left).not.toHaveBeenCalled();
    delete keys['lsk_ann2'];
    await act(() => harbour.login.refresh());
    await enter(page, 'lsk_bob');
    await page.find('inside');
    expect(left).toHaveBeenCalledOnce();
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

  test('what is taken is looked up once for all that changes about now', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page, harbour } = open();
    await page.find('inside');
    quota.used_bytes = 13_000_000_000;
    const before = sent.length;
    for (let change = 0; change < 5; change += 1) harbour.login.refreshSoon();
    await vi.waitFor(() => expect(page.get('quota').textContent).toBe('13 GB of 50 GB used'), 3000);
    expect(sent.length - before).toBe(1);
  });

  test('signing out forgets the key and all that the page knows', async () => {
    sessionStorage.setItem('login.token', 'lsk_ann');
    const { page } = open();
    await page.click('sign-out');
    expect(left).toHaveBeenCalledOnce();
    expect(sessionStorage.length).toBe(0);
  });
});
