// @vitest-environment node
import { expect, test, vi } from 'vitest';
import { credentialHeader } from '../../api/api';
import { ApiError, UnreachableError } from '../../api/errors';
import { type Fetch, HttpClient } from '../../api/http';
import { FakeClock, onlineNetwork, refusal, success } from '../fakes';

const policy = { attempts: 4, baseDelay: 100, maxDelay: 1000 };

const isReachable = () => Promise.resolve(false);

/** A client that receives these answers in order. */
function client(...answers: (() => Response)[]) {
  const clock = new FakeClock();
  const seen: string[] = [];
  const fetch: Fetch = (input) => {
    seen.push(input);
    const next = answers.shift();
    if (!next) throw new Error(`Unmocked request: ${input}`);
    return Promise.resolve().then(next);
  };
  const http = new HttpClient(
    { endpoint: 'https://api.test', fetch, isReachable },
    { clock, random: () => 0, policy, network: onlineNetwork },
  );
  return { http, clock, seen };
}

const ok = () => Promise.resolve(success(1));

test.each([
  ['never arrives', () => new Promise<Response>(() => undefined)],
  ['stops after the headers', () => Promise.resolve(new Response(new ReadableStream()))],
])('an answer that %s is not waited for without an end, and the call is repeated', async (_, silence) => {
  vi.useFakeTimers();
  const asks = [silence, ok];
  const fetch: Fetch = () => (asks.shift() ?? ok)();
  const tools = { clock: new FakeClock(), random: () => 0, policy, network: onlineNetwork };
  const http = new HttpClient({ endpoint: '', fetch }, tools);
  let isUnreachable = false;
  http.onUnreachable = () => (isUnreachable = true);
  const answer = http.call('/x');
  await vi.advanceTimersByTimeAsync(59_000);
  expect([asks.length, isUnreachable]).toEqual([1, false]);
  await vi.advanceTimersByTimeAsync(1_000);
  await expect(answer).resolves.toBe(1);
  expect(isUnreachable).toBe(true);
});

test('`auth` may take any time, but can be aborted', async () => {
  vi.useFakeTimers();
  const auth = () => new Promise<never>(() => undefined);
  const tools = { clock: new FakeClock(), random: () => 0, policy, network: onlineNetwork };
  const http = new HttpClient({ endpoint: '', fetch: ok, auth }, tools);
  const controller = new AbortController();
  const answer = http.call('/x', { signal: controller.signal });
  const outcome = expect(answer).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(600_000);
  controller.abort(new Error('enough'));
  await outcome;
});

const offline = () => {
  throw new TypeError('Failed to fetch');
};

test('returns the data of a successful answer', async () => {
  const { http, seen } = client(() => success({ id: 1 }));
  await expect(http.call('/x')).resolves.toEqual({ id: 1 });
  expect(seen).toEqual(['https://api.test/x']);
});

test('waits for Retry-After in seconds plus the backoff', async () => {
  const { http, clock } = client(
    () => refusal(503, 'storage_unavailable', { headers: { 'Retry-After': '7' } }),
    () => success(1),
  );
  await http.call('/x');
  expect(clock.slept).toEqual([7000]);
});

test("reads Retry-After as a date relative to the answer's Date", async () => {
  const headers = {
    Date: 'Tue, 01 Jan 2030 00:00:00 GMT',
    'Retry-After': 'Tue, 01 Jan 2030 00:00:03 GMT',
  };
  const { http, clock } = client(
    () => refusal(429, 'rate_limited', { headers }),
    () => success(1),
  );
  await http.call('/x');
  expect(clock.slept).toEqual([3000]);
});

test.each([
  ['503', () => refusal(503, 'storage_unavailable')],
  ['502', () => refusal(502, 'storage_error')],
  ['429', () => refusal(429, 'rate_limited')],
  ['another request completing', () => refusal(409, 'completion_in_progress')],
  ['no connection', offline],
])('%s passes: the call is repeated', async (_, answer) => {
  const { http, seen } = client(answer, () => success(1));
  await expect(http.call('/x')).resolves.toBe(1);
  expect(seen).toHaveLength(2);
});

test.each([400, 401, 403, 404, 409, 413, 422])('%i is final', async (status) => {
  const { http, seen } = client(() => refusal(status, 'no'));
  await expect(http.call('/x')).rejects.toMatchObject({ status, code: 'no' });
  expect(seen).toHaveLength(1);
});

test.each([
  ['file_not_found', () => refusal(404, 'file_not_found'), false],
  ['file_gone', () => refusal(410, 'file_gone'), false],
  ['an unknown address', () => refusal(404, 'not_found'), true],
  ['the 404 of a proxy', () => new Response('<h1>404 Not Found</h1>', { status: 404 }), true],
])('%s: whether another server refuses', async (_, answer, isForeign) => {
  const { http } = client(answer);
  await expect(http.call('/x')).rejects.toMatchObject({ isForeign });
});

test('a call with repeat once is not repeated', async () => {
  const { http, seen } = client(offline);
  await expect(http.call('/x', { method: 'POST', repeat: 'once' })).rejects.toThrow(UnreachableError);
  expect(seen).toHaveLength(1);
});

test('throws after the last attempt', async () => {
  const { http, seen } = client(offline, offline, offline, offline);
  await expect(http.call('/x')).rejects.toThrow(UnreachableError);
  expect(seen).toHaveLength(4);
});

test('an answer without the envelope is an error with any status', async () => {
  const { http } = client(() => new Response('<h1>proxy</h1>', { status: 200 }));
  const error: unknown = await http.call('/x').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'unexpected_answer' });
});

test('an answer that breaks off is requested again', async () => {
  const broken = () =>
    new Response(
      new ReadableStream({
        start: (stream) => {
          stream.error(new TypeError('network error'));
        },
      }),
    );
  const { http, seen } = client(broken, () => success(1));
  await expect(http.call('/x')).resolves.toBe(1);
  expect(seen).toHaveLength(2);
});

test("reads the server's clock from Date", async () => {
  const { http, clock } = client(() => {
    const answer = success(1);
    answer.headers.set('Date', new Date(Date.parse('2030-01-01T00:00:00Z') + 90_000).toUTCString());
    return answer;
  });
  await http.call('/x');
  expect(http.clockSkew).toBe(90_000);
  expect(clock.slept).toEqual([]);
});

test('an abort during the wait throws its reason', async () => {
  const controller = new AbortController();
  const { http } = client(() => {
    controller.abort(new Error('enough'));
    return refusal(503, 'down');
  });
  await expect(http.call('/x', { signal: controller.signal })).rejects.toThrow('enough');
});

test('a credential header is plain ASCII JSON', () => {
  expect(credentialHeader({ пин: '📦' })).toEqual({
    'X-File-Credential': '{"\\u043f\\u0438\\u043d":"\\ud83d\\udce6"}',
  });
  expect(credentialHeader()).toEqual({});
});

test('`auth` is called for every call, and again after a 401', async () => {
  const asked: boolean[] = [];
  const answers = [() => success(1), () => refusal(401, 'unauthorized'), () => success(2)];
  const seen: (string | null)[] = [];
  const fetch: Fetch = (_, init) => {
    seen.push(new Headers(init?.headers).get('Authorization'));
    return Promise.resolve((answers.shift() as () => Response)());
  };
  const auth = ({ renew }: { renew: boolean }) => {
    asked.push(renew);
    return { Authorization: `Bearer ${asked.length}` };
  };
  const tools = { clock: new FakeClock(), random: () => 0, policy, network: onlineNetwork };
  const http = new HttpClient({ endpoint: '', fetch, auth }, tools);
  expect([await http.call('/x'), await http.call('/x')]).toEqual([1, 2]);
  expect(asked).toEqual([false, false, true]);
  expect(seen).toEqual(['Bearer 1', 'Bearer 2', 'Bearer 3']);
});
