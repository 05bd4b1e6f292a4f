import { ApiError, OriginRefusedError, type Refusal, UnreachableError } from './errors';
import { abortable, withTimeout } from './timeouts';
import { browserIsReachable, OriginRefusalDetector, type IsReachable } from './reachability';
import { type RetryTools, withRetry } from './retry';

/**
 * The headers that say who asks, `{ Authorization: 'Bearer …' }` for example; kept nowhere. `renew`: the service did not
 * accept the last ones (401), and is asked once more with what this returns.
 */
export type Auth = (wanted: { renew: boolean }) => Record<string, string> | Promise<Record<string, string>>;

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** `once` for calls whose repetition would do something twice. */
  repeat?: 'safe' | 'once';
}

/** A call that is not answered for so long counts as lost, and is repeated as lost ones are. Milliseconds. */
const ANSWER_LIMIT = 60_000;
interface Answer {
  response: Response;
  text: string;
}

const PASSING_STATUSES = new Set([429, 502, 503, 504]);
const PASSING_CODES = new Set(['completion_in_progress', 'init_in_progress']);

export interface HttpOptions {
  endpoint: string;
  fetch: Fetch;
  auth?: Auth | undefined;
  isReachable?: IsReachable;
}

/** Speaks the API's envelope: `data` of a success is returned, a refusal is thrown as an ApiError. */
export class HttpClient {
  /** Where the service is. */
  readonly endpoint: string;
  /** The server's clock minus ours in milliseconds, as far as its Date header says; 0 until then. */
  clockSkew = 0;
  /** Told whenever the service cannot be reached, also when the call is then tried again. */
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

  /** One call; a passing failure (unreachable, 429, 5xx of a dependency) is tried again unless told otherwise. */
  async call<T>(path: string, call: Call = {}): Promise<T> {
    const once = () => this.callOnce<T>(path, call);
    if (call.repeat === 'once') return once();
    const detector = new OriginRefusalDetector(this.isReachable);
    const decide = async (error: unknown) => {
      const mayBeRefused = error instanceof UnreachableError && !this.wasAnswered && this.endpoint !== '';
      if (await detector.isRefused(mayBeRefused ? this.endpoint : null))
        throw new OriginRefusedError('service', { cause: error });
      return waitBeforeRepeating(error);
    };
    return withRetry(once, decide, this.tools, call.signal);
  }

  private async callOnce<T>(path: string, call: Call): Promise<T> {
    let answer = await this.ask(path, call, false);
    if (answer.response.status === 401 && this.auth) answer = await this.ask(path, call, true);
    const { response } = answer;
    this.readClock(response);
    const envelope = parsed(answer.text) as { data?: T } | null;
    if (!response.ok || envelope?.data === undefined) throw toApiError(response, envelope);
    return envelope.data;
  }

  private async ask(path: string, call: Call, renew: boolean): Promise<Answer> {
    const { method = 'GET', body, headers, signal } = call;
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const init: RequestInit = {
      method,
      headers: { Accept: 'application/json', ...type, ...(await this.identify(renew, signal)), ...headers },
      body: JSON.stringify(body), // of nothing it is nothing, whatever the types say
    };
    return this.reach(path, init, signal);
  }

  /** Who asks; a person may have to be asked for it first, so nothing limits its time but the signal. */
  private async identify(renew: boolean, signal: AbortSignal | undefined): Promise<Record<string, string>> {
    const headers = this.auth?.({ renew }) ?? {};
    return headers instanceof Promise && signal ? abortable(headers, signal) : headers;
  }

  /** The whole answer, in time. One that breaks off on its way is as good as none. */
  private async reach(path: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Answer> {
    const read = async (either: AbortSignal) => {
      const response = await this.fetch(this.endpoint + path, { ...init, signal: either });
      return { response, text: await response.text() };
    };
    try {
      const answer = await withTimeout(ANSWER_LIMIT, read, signal);
      this.wasAnswered = true;
      return answer;
    } catch (cause) {
      throw this.unreachable(cause, signal);
    }
  }

  /** The error to throw for a line that broke; throws the signal's own reason where that was why. */
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

/** The least wait in milliseconds before the same call may help; false where it never will. */
export function waitBeforeRepeating(error: unknown): false | number {
  if (error instanceof UnreachableError) return 0;
  if (!(error instanceof ApiError)) return false;
  const passing = PASSING_STATUSES.has(error.status) || PASSING_CODES.has(error.code);
  return passing && (error.retryAfter ?? 0);
}

/** What an answer says; null where that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toApiError(response: Response, envelope: unknown): ApiError {
  const said = (typeof envelope === 'object' && envelope !== null ? envelope : {}) as Partial<Refusal>;
  const refusal: Refusal = {
    code: said.code ?? 'unexpected_answer',
    message: said.message ?? `The service answered ${response.status} without saying why. Attempt again later.`,
    errors: said.errors ?? [],
    missing: said.missing ?? [],
  };
  return new ApiError(response.status, refusal, retryAfter(response));
}

/** Retry-After in milliseconds: seconds, or a date against the answer's own Date. */
function retryAfter(response: Response): number | null {
  const text = response.headers.get('Retry-After');
  if (text === null) return null;
  const seconds = Number(text);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds * 1000);
  const wait = Date.parse(text) - Date.parse(response.headers.get('Date') ?? '');
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}
