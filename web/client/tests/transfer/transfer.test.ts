// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ConnectionSpeed } from '../../network/connection-speed';
import { xhrTransport } from '../../transfer/transfer';
import { FakeService, numbered } from '../fakes';

/** A request that the test controls. */
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

test('Retry-After of a busy storage is part of the error', async () => {
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

test('an abort cancels the request and throws its reason', async () => {
  const controller = new AbortController();
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn(), signal: controller.signal });
  controller.abort(new Error('stop'));
  await expect(sent).rejects.toThrow('stop');
});

test('an abort beforehand sends no request, and an abort after the answer changes nothing', async () => {
  const controller = new AbortController();
  const latest = FakeRequest.latest;
  const aborted = xhrTransport({
    chunk,
    body,
    onBytes: vi.fn(),
    signal: AbortSignal.abort(new Error('stop')),
  });
  await expect(aborted).rejects.toThrow('stop');
  expect(FakeRequest.latest).toBe(latest);
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn(), signal: controller.signal });
  const abort = vi.spyOn(FakeRequest.latest, 'abort');
  FakeRequest.latest.answer(200);
  await sent;
  controller.abort();
  expect(abort).not.toHaveBeenCalled();
});

test.each([
  [199, false],
  [200, true],
  [299, true],
  [300, false],
])('an answer of %i is a success: %s', async (status, isTaken) => {
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  FakeRequest.latest.answer(status);
  const [{ status: outcome }] = await Promise.allSettled([sent]);
  expect(outcome).toBe(isTaken ? 'fulfilled' : 'rejected');
});

test.each([
  ['Retry-After: 12', 12_000],
  ['x-retry-after: 12', 0],
  ['retry-after: Tue, 01 Jan 2030 00:00:00 GMT', 0],
  ['retry-after:3', 3_000],
])('the headers "%s" mean a wait of %i ms', async (answered, retryAfter) => {
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  FakeRequest.latest.answered = `date: today\r\n${answered}\r\n`;
  FakeRequest.latest.answer(503);
  await expect(sent).rejects.toMatchObject({ retryAfter });
});

test('a part without timeouts has the default ones', async () => {
  vi.useFakeTimers();
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  const outcome = expect(sent).rejects.toMatchObject({ timedOut: true });
  await vi.advanceTimersByTimeAsync(131_000);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(100);
  await outcome;
});

test.each(['answer', 'lose'] as const)('a finished part (%s) leaves no timer', async (end) => {
  vi.useFakeTimers();
  const sent = xhrTransport({ chunk, body, onBytes: vi.fn() });
  if (end === 'answer') FakeRequest.latest.answer(200);
  else FakeRequest.latest.onerror?.();
  const [outcome] = await Promise.allSettled([sent]);
  expect(vi.getTimerCount()).toBe(0);
  expect(outcome).toMatchObject(end === 'answer' ? { status: 'fulfilled' } : { reason: { timedOut: false } });
});

describe('timeouts', () => {
  const timeouts = { stall: 90_000, answer: 300_000 };
  let sent: Promise<void>;
  beforeEach(() => {
    vi.useFakeTimers();
    sent = xhrTransport({ chunk, body, onBytes: vi.fn(), timeouts });
    sent.catch(() => undefined);
  });
  const isPending = () => vi.getTimerCount() === 1;
  const moves = (loaded: number) => FakeRequest.latest.upload.onprogress?.({ loaded });

  test('a connection without progress is aborted', async () => {
    await vi.advanceTimersByTimeAsync(80_000);
    moves(1);
    await vi.advanceTimersByTimeAsync(80_000);
    expect(isPending()).toBe(true);
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(sent).rejects.toMatchObject({ code: 'transfer_failed', timedOut: true });
  });

  test('after the last byte the timeout for the answer applies', async () => {
    moves(10);
    await vi.advanceTimersByTimeAsync(299_000);
    expect(isPending()).toBe(true);
    FakeRequest.latest.answer(200);
    await expect(sent).resolves.toBeUndefined();
  });

  test('a missing answer times out', async () => {
    moves(10);
    await vi.advanceTimersByTimeAsync(300_000);
    await expect(sent).rejects.toMatchObject({ timedOut: true });
  });
});

describe('the measured speed', () => {
  const MIB = 1024 * 1024;

  test('16 MiB at 45 kB/s over two connections do not time out', () => {
    const needed = (16 * MIB) / 22.5; // bytes per millisecond
    expect(new ConnectionSpeed().timeouts(16 * MIB).answer).toBeGreaterThan(needed);
  });

  test('determines the timeouts, with a minimum of minutes', () => {
    const speed = new ConnectionSpeed();
    speed.partStored(5 * MIB, 500_000);
    expect(Math.round(speed.timeouts(5 * MIB).answer)).toBe(1_000_000);
    for (let part = 0; part < 20; part += 1) speed.partStored(5 * MIB, 100);
    expect(speed.timeouts(5 * MIB)).toEqual({ stall: 90_000, answer: 180_000 });
  });

  test('a timeout doubles the next timeouts, then again', () => {
    const speed = new ConnectionSpeed();
    const [first = 0, ...later] = [1, 2, 3].map(() => {
      const { answer } = speed.timeouts(16 * MIB);
      speed.timedOut();
      return answer;
    });
    expect(later).toEqual([2 * first, 4 * first]);
  });

  test.each([
    ['small files have the least parts', 5, undefined, 5 * MIB],
    ['the largest small file too', 160, undefined, 5 * MIB],
    ['large ones as the service likes', 161, undefined, undefined],
    ['also on a quick line', 1000, 2000, undefined],
    ['on a slow one as much as is sent in 20 seconds', 1000, 400, 8_000_000],
    ['on a very slow one the least', 1000, 20, 5 * MIB],
  ])('%s', (_, size, bytesPerMillisecond, expected) => {
    const speed = new ConnectionSpeed();
    if (bytesPerMillisecond) speed.partStored(MIB, MIB / bytesPerMillisecond);
    expect(speed.partSize(size * MIB)).toBe(expected);
  });

  test('small parts are not measured', () => {
    const speed = new ConnectionSpeed();
    speed.partStored(5, 1000);
    expect([speed.partSize(1000 * MIB), speed.hasStoredPart]).toEqual([undefined, true]);
  });
});
