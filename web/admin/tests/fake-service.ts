import type { Fetch } from '../../client/index';
import type { Account } from '../../shared/api/account';

/** A request that the page has sent. */
export interface Call {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

/** Throw it in an answer: the service refuses the request. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message = `${code}.`,
  ) {
    super(message);
  }
}

type Answer = (call: Call) => unknown;

const OPERATOR: Account = {
  subject: 'olivia',
  scopes: ['admin'],
  used_bytes: 0,
  allowed_bytes: null,
  storage_lets_through: [],
};

/** The service in memory: `on` adds an endpoint. A request to another one fails the test. */
export class FakeService {
  isOnline = true;
  account: Account = OPERATOR;
  readonly calls: Call[] = [];
  /** Requests to no endpoint. */
  readonly unknown: string[] = [];
  private readonly answers = new Map<string, Answer>();

  constructor() {
    this.on('GET /api/v1/users/me', () => this.account);
    this.on('GET /api/v1/file/virus-scanner/health', () => ({ status: 'ok' }));
  }

  /** `endpoint` is `METHOD /path`; a part `*` of the path is any text. `answer` returns the `data` of the envelope, or a whole response. */
  on(endpoint: string, answer: Answer): this {
    this.answers.set(endpoint, answer);
    return this;
  }

  /** Returns the calls of an endpoint. */
  callsOf(endpoint: string): Call[] {
    return this.calls.filter(({ method, path }) => matches(endpoint, `${method} ${path}`));
  }

  readonly fetch: Fetch = async (address, init = {}) => {
    if (!this.isOnline) throw new TypeError('Failed to fetch');
    const url = new URL(address, 'http://longshore.test');
    const call: Call = {
      method: init.method ?? 'GET',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    this.calls.push(call);
    return this.answerTo(call);
  };

  private async answerTo(call: Call): Promise<Response> {
    const request = `${call.method} ${call.path}`;
    const found = [...this.answers].findLast(([endpoint]) => matches(endpoint, request));
    if (!found) {
      this.unknown.push(request);
      throw new TypeError(`Unmocked request: ${request}`);
    }
    try {
      const data = await found[1](call);
      return data instanceof Response ? data : Response.json({ data, message: '', success: true });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message } = error;
      return Response.json({ code, message, errors: [], success: false }, { status });
    }
  }
}

function matches(endpoint: string, request: string): boolean {
  const [wanted, given] = [endpoint.split('/'), request.split('/')];
  return wanted.length === given.length && wanted.every((part, at) => part === '*' || part === given[at]);
}

/** One page of a list. */
export const page = (items: readonly unknown[], next: string | null = null) => ({ items, next_cursor: next });
