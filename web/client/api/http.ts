import { ApiError, OriginRefusedError, type Refusal, UNEXPECTED_ANSWER, UnreachableError } from './errors';
import { abortable, withTimeout } from '../network/timeouts';
import { browserIsReachable, OriginRefusalDetector, type IsReachable } from '../network/reachability';
import { type RetryTools, withRetry } from '../network/retry';

/**
 * Returns the headers that authenticate a call, for example `{ Authorization: 'Bearer …' }`; they are not stored. With
 * `renew` the service has refused the last ones (401), and the call is sent again with the new ones.
 */
export type Auth = (wanted: { renew: boolean }) => Record<string, string> | Promise<Record<string, string>>;

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** `once` for calls that must not be retried. */
  repeat?: 'safe' | 'once';
  /** Called after each failure that is retried. */
  onWait?: RetryTools['onWait'];
}

/** A call without an answer in this time is retried like a failed one. Milliseconds. */
const ANSWER_TIMEOUT = 60_000;
interface Answer {
  response: Response;
  text: string;
}

const TEMPORARY_STATUSES = new Set([429, 502, 503, 504]);
const TEMPORARY_CODES = new Set(['completion_in_progress', 'init_in_progress']);

export interface HttpOptions {
  endpoint: string;
  fetch: Fetch;
  auth?: Auth | undefined;
  isReachable?: IsReachable;
}

/** Calls the API: returns `data` of a successful answer, and throws an ApiError for a refusal. */
export class HttpClient {
  /** The service's address. */
  readonly endpoint: string;
  /** The server's clock minus the browser's, from the Date header; 0 until the first answer. Milliseconds. */
  clockSkew = 0;
  /** Called whenever the service cannot be reached, even if the call is retried. */
  onUnreachable: (() => void) | undefined;

  private readonly fetch: Fetch;
  private readonly auth: Auth | undefined;
  private readonly isReachable: IsReachable;
  private wasAnswered = false;

  constructor(
    { endpoint, fetch, auth, isReachable = browserIsReachable }: HttpOptions,
    private readonly tools: RetryTools,
  ) {
    this.endpoint = endpoint;
    this.fetch = fetch;
    this.auth = auth;
    this.isReachable = isReachable;
  }

  /** Makes one call, and retries temporary failures (unreachable, 429, 502 to 504) unless `repeat` is `once`. */
  async call<T>(path: string, call: Call = {}): Promise<T> {
    const once = () => this.callOnce<T>(path, call);
    if (call.repeat === 'once') return once();
    const detector = new OriginRefusalDetector(this.isReachable);
    const decide = async (error: unknown) => {
      const mayBeRefused = error instanceof UnreachableError && !this.wasAnswered && this.endpoint !== '';
      if (await detector.isRefused(mayBeRefused ? this.endpoint : null))
        throw new OriginRefusedError('service', this.endpoint, { cause: error });
      return waitBeforeRepeating(error);
    };
    return withRetry(once, decide, { ...this.tools, onWait: call.onWait }, call.signal);
  }

  private async callOnce<T>(path: string, call: Call): Promise<T> {
    let answer = await this.send(path, call, false);
    if (answer.response.status === 401 && this.auth) answer = await this.send(path, call, true);
    const { response } = answer;
    this.readClock(response);
    const envelope = parsed(answer.text) as { data?: T } | null;
    if (!response.ok || envelope?.data === undefined) throw toApiError(response, envelope);
    return envelope.data;
  }

  private async send(path: string, call: Call, renew: boolean): Promise<Answer> {
    const { method = 'GET', body, headers, signal } = call;
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const init: RequestInit = {
      method,
      headers: {
        Accept: 'application/json',
        ...type,
        ...(await this.authHeaders(renew, signal)),
        ...headers,
      },
      body: JSON.stringify(body), // undefined for undefined, in spite of the types
    };
    return this.fetchText(path, init, signal);
  }

  /** Returns the authentication headers. There is no timeout, because `auth` may have to ask the user. */
  private async authHeaders(
    renew: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, string>> {
    const headers = this.auth?.({ renew }) ?? {};
    return headers instanceof Promise && signal ? abortable(headers, signal) : headers;
  }

  /** Fetches the whole answer; one that breaks off counts as unreachable. */
  private async fetchText(path: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Answer> {
    const read = async (either: AbortSignal) => {
      const response = await this.fetch(this.endpoint + path, { ...init, signal: either });
      return { response, text: await response.text() };
    };
    try {
      const answer = await withTimeout(ANSWER_TIMEOUT, read, signal);
      this.wasAnswered = true;
      return answer;
    } catch (cause) {
      throw this.unreachable(cause, signal);
    }
  }

  /** Returns the error of a lost connection; throws the signal's reason if that was the cause. */
  private unreachable(cause: unknown, signal: AbortSignal | undefined): UnreachableError {
    signal?.throwIfAborted();
    this.onUnreachable?.();
    return new UnreachableError({ cause });
  }

  private readClock(response: Response): void {
    const serverTime = Date.parse(response.headers.get('Date') ?? '');
    if (!Number.isNaN(serverTime)) this.clockSkew = serverTime - this.tools.clock.now();
  }
}

/** Returns the least wait before a retry in milliseconds, or false when a retry cannot help. */
export function waitBeforeRepeating(error: unknown): false | number {
  if (error instanceof UnreachableError) return 0;
  if (!(error instanceof ApiError)) return false;
  const isTemporary = TEMPORARY_STATUSES.has(error.status) || TEMPORARY_CODES.has(error.code);
  return isTemporary && (error.retryAfter ?? 0);
}

/** Returns the parsed JSON, or null. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toApiError(response: Response, envelope: unknown): ApiError {
  const body = (typeof envelope === 'object' && envelope !== null ? envelope : {}) as Partial<Refusal>;
  const refusal: Refusal = {
    code: body.code ?? UNEXPECTED_ANSWER,
    message: body.message ?? `The service answered ${response.status} without a reason. Try again later.`,
    errors: body.errors ?? [],
    missing: body.missing ?? [],
  };
  return new ApiError(response.status, refusal, retryAfter(response));
}

/** Returns Retry-After in milliseconds: from seconds, or from a date relative to the answer's Date. */
function retryAfter(response: Response): number | null {
  const text = response.headers.get('Retry-After');
  if (text === null) return null;
  const seconds = Number(text);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds * 1000);
  const wait = Date.parse(text) - Date.parse(response.headers.get('Date') ?? '');
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}
