import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { saveAnswer, type SaveTools } from '../api/save';
import { FakeService, page as pageOf } from './fake-service';
import { openAdmin } from './open';
import { soon } from '../../client/tests/soon';

const LINES = '{"sequence":2}\n{"sequence":1}\n';
const saved: { name: string; blob: Blob }[] = [];

beforeEach(() => {
  saved.length = 0;
  const blobs = new Map<string, Blob>();
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    const url = `blob:${blobs.size}`;
    blobs.set(url, blob as Blob);
    return url;
  });
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    const blob = blobs.get(this.href);
    if (blob) saved.push({ name: this.download, blob });
  });
});
afterEach(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));

const call = (change = {}) => ({
  ...{ path: '/x', name: 'audit.jsonl', onProgress: () => undefined, signal: new AbortController().signal },
  ...change,
});
const tools = (answer: () => Response, auth: SaveTools['auth'] = () => ({})): SaveTools => ({
  fetch: () => Promise.resolve(answer()),
  auth,
});
const broken = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(LINES));
        controller.error(new TypeError('network error'));
      },
    }),
  );

test('an export has the filters of the list, and its own format', async () => {
  const service = new FakeService()
    .on('GET /api/v1/admin/audit', () => pageOf([]))
    .on('GET /api/v1/admin/audit/export', () => new Response(LINES));
  const page = openAdmin(service, '#/audit?actor=ann');
  await page.click('export-csv');
  await soon(() => expect(page.get('export-status').textContent).toBe('audit.csv has 30 bytes.'));
  const [{ name, blob } = { name: '', blob: new Blob() }] = saved;
  expect([name, await blob.text()]).toEqual(['audit.csv', LINES]);
  const [sent] = service.callsOf('GET /api/v1/admin/audit/export');
  expect(sent?.query).toEqual({ format: 'csv', actor: 'ann' });
});

test('the login is in a header, and not in the address', async () => {
  const requests: [string, RequestInit | undefined][] = [];
  const fetch: SaveTools['fetch'] = (address, init) => {
    requests.push([address, init]);
    return Promise.resolve(new Response(LINES));
  };
  await saveAnswer({ fetch, auth: () => ({ Authorization: 'Bearer lsk_1' }) }, call());
  expect(requests[0]?.[0]).toBe('/x');
  expect(requests[0]?.[1]?.headers).toEqual({ Authorization: 'Bearer lsk_1' });
});

test('a response that breaks off saves no file', async () => {
  await expect(saveAnswer(tools(broken), call())).rejects.toMatchObject({ code: 'api_unreachable' });
  expect(saved).toEqual([]);
});

test('a refusal has its message, and an expired login asks for the key again', async () => {
  const refusal = { code: 'token_expired', message: 'The token has expired.', success: false };
  const auth = vi.fn(() => ({}));
  const answer = () => Response.json(refusal, { status: 401 });
  await expect(saveAnswer(tools(answer, auth), call())).rejects.toMatchObject({
    code: 'token_expired',
    status: 401,
  });
  expect(auth.mock.calls).toEqual([[{ renew: false }], [{ renew: true }]]);
});

test('a browser that can write files writes the bytes as they arrive', async () => {
  const written: Uint8Array[] = [];
  let end = '';
  const createWritable = () =>
    Promise.resolve(
      new WritableStream<Uint8Array>({
        write: (chunk) => void written.push(chunk),
        close: () => void (end = 'closed'),
        abort: () => void (end = 'aborted'),
      }),
    );
  const picker = vi.fn(() => Promise.resolve({ createWritable }));
  Object.assign(window, { showSaveFilePicker: picker });
  await saveAnswer(
    tools(() => new Response(LINES)),
    call(),
  );
  expect([await new Blob(written as BlobPart[]).text(), end]).toEqual([LINES, 'closed']);
  expect(picker.mock.calls).toEqual([[{ suggestedName: 'audit.jsonl' }]]);
  await expect(saveAnswer(tools(broken), call())).rejects.toMatchObject({ code: 'api_unreachable' });
  expect(end).toBe('aborted');
  expect(saved).toEqual([]);
});

test('cancelling the file dialog sends no request and shows no error', async () => {
  const cancelled = new DOMException('The user aborted a request.', 'AbortError');
  Object.assign(window, { showSaveFilePicker: () => Promise.reject(cancelled) });
  const service = new FakeService().on('GET /api/v1/admin/audit', () => pageOf([]));
  const page = openAdmin(service, '#/audit');
  await page.click('export-jsonl');
  await soon(() => expect(page.get('export-status').dataset['state']).toBe('ready'));
  expect(service.callsOf('GET /api/v1/admin/audit/export')).toEqual([]);
});
