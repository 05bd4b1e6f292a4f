import { beforeEach, expect, test, vi } from 'vitest';
import { TransferError } from '../errors';
import { xhrTransport } from '../transfer';
import { FakeService, numbered } from './fakes';

/** A request whose course the test decides. */
class FakeRequest {
  static latest: FakeRequest;
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  opened: string[] = [];
  headers: Record<string, string> = {};
  answered = '';
  sent: unknown;

  constructor() {
    FakeRequest.latest = this;
  }

  open(method: string, url: string): void {
    this.opened = [method, url];
  }

  getAllResponseHeaders(): string {
    return this.answered;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(body: unknown): void {
    this.sent = body;
  }

  abort(): void {
    this.onabort?.();
  }

  answer(status: number): void {
    this.status = status;
    this.onload?.();
  }
}

const chunk = { ...new FakeService().sign(0), headers: { 'x-amz-checksum-sha256': 'abc=' } };
const body = numbered(10);

beforeEach(() => vi.stubGlobal('XMLHttpRequest', FakeRequest));

test('sends the bytes with exactly the headers given, and reports bytes', async () => {
  const seen: number[] = [];
  const sent = xhrTransport({ chunk, body, onBytes: (bytes) => seen.push(bytes) });
  const request = FakeRequest.latest;
  request.upload.onprogress?.({ loaded: 4 });
  request.answer(200);
  await sent;
  expect(request.opened).toEqual(['PUT', chunk.url]);
  expect(request.headers).toEqual({ 'x-amz-checksum-sha256': 'abc=' });
  expect(request.sent).toBe(body);
  expect(seen).toEqual([4]);
});

test('a refusal is a TransferError with its status', async () => {
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  FakeRequest.latest.answer(403);
  await expect(sent).rejects.toMatchObject({ code: 'transfer_failed', status: 403, retryAfter: 0 });
});

test('storage that is busy says how long to wait', async () => {
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  FakeRequest.latest.answered = 'date: today\r\nretry-after: 7\r\n';
  FakeRequest.latest.answer(503);
  await expect(sent).rejects.toMatchObject({ status: 503, retryAfter: 7000 });
});

test('a refusal that the browser hides looks like a lost connection', async () => {
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  FakeRequest.latest.onerror?.();
  await expect(sent).rejects.toMatchObject({ code: 'transfer_failed', status: 0 });
});

test('an abort ends the request and throws its reason', async () => {
  const controller = new AbortController();
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn(), signal: controller.signal });
  controller.abort(new Error('stop'));
  await expect(sent).rejects.toThrow('stop');
});

test('a connection that moves nothing is dropped; one that moves is not', async () => {
  vi.useFakeTimers();
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  const outcome = expect(sent).rejects.toThrow(TransferError);
  await vi.advanceTimersByTimeAsync(80_000);
  FakeRequest.latest.upload.onprogress?.({ loaded: 1 });
  await vi.advanceTimersByTimeAsync(80_000);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  await outcome;
  vi.useRealTimers();
});
