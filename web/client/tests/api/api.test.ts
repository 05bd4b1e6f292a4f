// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { UploadApi } from '../../api/api';
import * as errors from '../../api/errors';
import { type Call, HttpClient, type HttpOptions, waitBeforeRepeating } from '../../api/http';
import type { FileRecord } from '../../api/types';
import { FakeClock, onlineNetwork, refusal, success } from '../fakes';

const unreachable = () => Promise.reject(new TypeError('Failed to fetch'));
const policy = { attempts: 5, baseDelay: 100, maxDelay: 1000 };

interface Seen {
  url: string;
  init: RequestInit | undefined;
}

/** A client that receives these answers in order, and the last one repeatedly. */
function client(answers: (() => Response | Promise<Response>)[], options: Partial<HttpOptions> = {}) {
  const clock = new FakeClock();
  const seen: Seen[] = [];
  const fetch: HttpOptions['fetch'] = (url, init) => {
    seen.push({ url, init });
    const answer = answers[Math.min(seen.length, answers.length) - 1] ?? unreachable;
    return Promise.resolve().then(answer);
  };
  const isReachable = () => Promise.resolve(true);
  const tools = { clock, random: () => 0, policy, network: onlineNetwork };
  const http = new HttpClient({ endpoint: 'https://api.test', fetch, isReachable, ...options }, tools);
  return { http, clock, seen };
}

const requested = ({ url, init }: Seen) => ({
  url,
  method: init?.method,
  body: typeof init?.body === 'string' ? (JSON.parse(init.body) as unknown) : init?.body,
  headers: init?.headers,
});

describe('a call', () => {
  test.each<[string, Call, unknown]>([
    ['asks by GET', {}, { method: 'GET', body: undefined, headers: { Accept: 'application/json' } }],
    [
      'sends what it has as JSON, with its headers',
      { method: 'POST', body: { a: 1 }, headers: { 'X-Other': 'b' } },
      {
        method: 'POST',
        body: { a: 1 },
        headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-Other': 'b' },
      },
    ],
  ])('%s', async (_, call, expected) => {
    const { http, seen } = client([() => success(1)]);
    await http.call('/x', call);
    expect(seen.map(requested)).toEqual([{ url: 'https://api.test/x', ...(expected as object) }]);
  });

  test('without `auth` is not repeated after a 401', async () => {
    const { http, seen } = client([() => refusal(401, 'login_required')]);
    await expect(http.call('/x')).rejects.toMatchObject({ status: 401, code: 'login_required' });
    expect(seen).toHaveLength(1);
  });

  test('with `auth` is repeated once after a 401', async () => {
    const { http, seen } = client([() => refusal(401, 'token_refused')], {
      auth: () => ({ Authorization: 'x' }),
    });
    await expect(http.call('/x')).rejects.toMatchObject({ code: 'token_refused' });
    expect(seen).toHaveLength(2);
  });

  test('that is aborted throws the reason, and is not reported as unreachable', async () => {
    const controller = new AbortController();
    const { http } = client([
      () => {
        controller.abort(new Error('changed my mind'));
        return unreachable();
      },
    ]);
    let isUnreachable = false;
    http.onUnreachable = () => (isUnreachable = true);
    const call = http.call('/x', { signal: controller.signal, repeat: 'once' });
    await expect(call).rejects.toThrow('changed my mind');
    expect(isUnreachable).toBe(false);
  });

  test('that fails throws the cause', async () => {
    const { http } = client([unreachable]);
    await expect(http.call('/x', { repeat: 'once' })).rejects.toMatchObject({
      code: 'api_unreachable',
      cause: { message: 'Failed to fetch' },
    });
  });
});

describe('a refusal', () => {
  test('is thrown with all its fields', async () => {
    const { http } = client([() => refusal(409, 'chunks_missing', { missing: [3], errors: ['[a] b'] })]);
    await expect(http.call('/x')).rejects.toMatchObject({
      name: 'ApiError',
      status: 409,
      code: 'chunks_missing',
      message: 'chunks_missing, do something.',
      missing: [3],
      errors: ['[a] b'],
      retryAfter: null,
    });
  });

  test.each([
    ['no JSON', '<h1>proxy</h1>'],
    ['null', 'null'],
    ['a number', '7'],
    ['neither', '{}'],
  ])('of a proxy with %s has its own error code', async (_, text) => {
    const { http } = client([() => new Response(text, { status: 418 })]);
    await expect(http.call('/x')).rejects.toMatchObject({
      status: 418,
      code: 'unexpected_answer',
      message: 'The service answered 418 without a reason. Try again later.',
      missing: [],
      errors: [],
    });
  });

  test('is thrown even with `data` in its body', async () => {
    const { http } = client([() => success({ id: 1 }, 403)]);
    await expect(http.call('/x')).rejects.toMatchObject({ status: 403 });
  });

  test.each([
    ['seconds', '2', 2000],
    ['negative seconds', '-5', 0],
    ['a date in the past', 'Mon, 31 Dec 2029 23:59:00 GMT', 0],
    ['a date', 'Tue, 01 Jan 2030 00:00:09 GMT', 9000],
    ['another text', 'soon', 0],
  ])('with Retry-After in %s is repeated after that time', async (_, value, wait) => {
    const headers = { Date: 'Tue, 01 Jan 2030 00:00:00 GMT', 'Retry-After': value };
    const { http, clock } = client([() => refusal(503, 'down', { headers }), () => success(1)]);
    await http.call('/x');
    expect(clock.slept).toEqual([wait]);
  });

  test('with Retry-After as a date but without Date is repeated at once', async () => {
    const headers = { 'Retry-After': 'Tue, 01 Jan 2030 00:00:09 GMT' };
    const { http, clock } = client([() => refusal(503, 'down', { headers }), () => success(1)]);
    await http.call('/x');
    expect(clock.slept).toEqual([0]);
  });
});

test.each([
  [429, 'any', 0],
  [502, 'any', 0],
  [503, 'any', 0],
  [504, 'any', 0],
  [409, 'init_in_progress', 0],
  [409, 'completion_in_progress', 0],
  [500, 'any', false],
  [409, 'any', false],
] as const)('%i %s: whether it passes', (status, code, wait) => {
  const body = { code, message: '', errors: [], missing: [] };
  expect(waitBeforeRepeating(new errors.ApiError(status, body))).toBe(wait);
  expect(waitBeforeRepeating(new errors.ApiError(status, body, 7))).toBe(wait === 0 && 7);
});

test('of other errors, only a lost connection is temporary', () => {
  const outcomes = [new Error('any'), new errors.TransferError(503), new errors.UnreachableError()].map(
    waitBeforeRepeating,
  );
  expect(outcomes).toEqual([false, false, 0]);
});

describe("the service's clock", () => {
  const at = (date?: string) => {
    const answer = success(1);
    if (date) answer.headers.set('Date', date);
    return answer;
  };

  test('is read from the newest answer with a Date', async () => {
    const { http } = client([() => at('Tue, 01 Jan 2030 00:00:07 GMT'), () => at()]);
    expect(http.clockSkew).toBe(0);
    await http.call('/x');
    await http.call('/x');
    expect(http.clockSkew).toBe(7000);
  });
});

describe('a service that refuses the origin', () => {
  test('is reported', async () => {
    const { http } = client([unreachable]);
    await expect(http.call('/x')).rejects.toMatchObject({
      code: 'service_refuses_origin',
      cause: expect.anything() as unknown,
    });
  });

  test.each([
    ['has answered the page before', {}, [() => success(1), unreachable]],
    ["has the page's own origin", { endpoint: '' }, [unreachable]],
    ['is not reachable either', { isReachable: () => Promise.resolve(false) }, [unreachable]],
  ])('is not assumed when it %s', async (_, options, answers) => {
    const { http } = client(answers, options);
    if (answers.length > 1) await http.call('/x');
    await expect(http.call('/x')).rejects.toThrow(errors.UnreachableError);
  });
});

describe('the endpoints', () => {
  const api = () => {
    const { http, seen } = client([() => success({})]);
    return { api: new UploadApi(http), seen };
  };
  const credential = { pin: '1' };
  const json = { Accept: 'application/json', 'Content-Type': 'application/json' };
  const asked = { Accept: 'application/json', 'X-File-Credential': '{"pin":"1"}' };
  const V1 = 'https://api.test/api/v1/file';

  test.each<[string, (api: UploadApi) => Promise<unknown>, unknown]>([
    [
      'sign',
      (api) => api.signChunks('u', [{ chunk_index: 1, chunk_size: 2 }]),
      {
        url: `${V1}/upload/chunk/`,
        method: 'POST',
        body: { upload_id: 'u', chunks: [{ chunk_index: 1, chunk_size: 2 }] },
        headers: json,
      },
    ],
    [
      'resume',
      (api) => api.resume('u', credential),
      { url: `${V1}/upload/retry`, method: 'POST', body: { upload_id: 'u', credential }, headers: json },
    ],
    [
      'resume what is public',
      (api) => api.resume('u'),
      { url: `${V1}/upload/retry`, method: 'POST', body: { upload_id: 'u' }, headers: json },
    ],
    [
      'scan again',
      (api) => api.scanAgain('f', credential),
      { url: `${V1}/upload/retry`, method: 'POST', body: { file_id: 'f', credential }, headers: json },
    ],
    [
      'scan again what is public',
      (api) => api.scanAgain('f'),
      { url: `${V1}/upload/retry`, method: 'POST', body: { file_id: 'f' }, headers: json },
    ],
    [
      'abort',
      (api) => api.abort('u'),
      { url: `${V1}/upload/u`, method: 'DELETE', body: undefined, headers: { Accept: 'application/json' } },
    ],
    [
      'status',
      (api) => api.status('f', credential),
      { url: `${V1}/status/f`, method: 'GET', body: undefined, headers: asked },
    ],
    [
      'get',
      (api) => api.get('f', credential),
      { url: `${V1}/get/f`, method: 'GET', body: undefined, headers: asked },
    ],
  ])('%s', async (_, call, expected) => {
    const { api: endpoints, seen } = api();
    await call(endpoints);
    expect(seen.map(requested)).toEqual([expected]);
  });
});

describe('errors', () => {
  const file = { id: 'f' } as FileRecord;
  const body = { code: 'no', message: 'No. Do not.', errors: ['e'], missing: [1] };
  /** What happened, then what to do. */
  const twoSentences = expect.stringMatching(/^[A-Z].+\. [A-Z].+\.$/) as string;

  test.each<[() => errors.LongshoreError, object]>([
    [() => new errors.ApiError(409, body, 5), { ...body, name: 'ApiError', status: 409, retryAfter: 5 }],
    [() => new errors.UnreachableError(), { name: 'UnreachableError', code: 'api_unreachable' }],
    [
      () => new errors.TransferError(503, 7),
      { name: 'TransferError', code: 'transfer_failed', status: 503, retryAfter: 7, timedOut: false },
    ],
    [() => new errors.TransferError(0), { retryAfter: 0, timedOut: false }],
    [
      () => new errors.TransferError(0, 0, false, { cause: 'reset' }),
      { message: 'Storage was not reached. Check the connection, then try again.', cause: 'reset' },
    ],
    [
      () => new errors.OriginRefusedError('service', 'https://s.example'),
      { code: 'service_refuses_origin', server: 'service', address: 'https://s.example' },
    ],
    [
      () => new errors.OriginRefusedError('storage', 'https://s.example'),
      { code: 'storage_refuses_origin', server: 'storage', address: 'https://s.example' },
    ],
    [() => new errors.InfectedError(file), { name: 'InfectedError', code: 'file_infected', file }],
    [() => new errors.AlreadyStoredError(file), { name: 'AlreadyStoredError', code: 'already_stored', file }],
    [
      () => new errors.DifferentFileError('u'),
      { name: 'DifferentFileError', code: 'different_file', uploadId: 'u' },
    ],
    [() => new errors.UploadBusyError('u'), { name: 'UploadBusyError', code: 'upload_busy', uploadId: 'u' }],
    [() => new errors.UnreadableError(), { name: 'UnreadableError', code: 'file_unreadable' }],
  ])('say what happened, then what to do: %s', (make, expected) => {
    expect(make()).toMatchObject({ message: twoSentences, ...expected });
  });

  test('a refused origin names the server, the page and the setting that allows it', () => {
    vi.stubGlobal('origin', 'https://page.example');
    const messages = (['service', 'storage'] as const).map(
      (server) => new errors.OriginRefusedError(server, `https://${server}.example`).message,
    );
    expect(messages).toEqual([
      'The service at https://service.example is reachable, but does not allow this page (CORS). Add https://page.example to its CORS_ORIGINS, then restart it.',
      "The storage at https://storage.example is reachable, but does not allow this page (CORS). Add https://page.example to the service's CORS_ORIGINS, then restart it. Some stores need it in their own CORS rules, with PUT and all headers.",
    ]);
  });

  test('an infected file names the malware', () => {
    const virus_scan_result = 'Eicar-Signature';
    expect(new errors.InfectedError({ ...file, virus_scan_result }).message).toMatch(
      /found: Eicar-Signature\./,
    );
    expect(new errors.InfectedError({ ...file, virus_scan_result: null }).message).toMatch(
      /: no name given\./,
    );
  });
});
