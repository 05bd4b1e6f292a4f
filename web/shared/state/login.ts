import { ApiError, type Auth, type HttpClient } from '../../client/index';
import { type Account, fetchAccount } from '../api/account';
import { Store } from './store';

const TOKEN = 'login.token';
/** How often the quota is refreshed, and how soon after a change. Milliseconds. */
const REFRESH_INTERVAL = 30_000;
const REFRESH_DELAY = 1_000;
/** How long the page waits for the first answer before it opens without one. Milliseconds. */
const FIRST_ANSWER_TIMEOUT = 2_000;

/**
 * `checking`: not known yet. `signed-out`: the service requires a key. `expired`: the last key is not valid any more.
 * `ready`: the page can be used, with a key or without login; also while the service is unreachable, which a banner shows.
 */
export type LoginState = 'checking' | 'signed-out' | 'expired' | 'ready';

/** The user's login. The key or token is kept in this tab's sessionStorage only: never on disk, never in a URL. */
export class Login {
  readonly state = new Store<LoginState>('checking');
  readonly account = new Store<Account | null>(null);
  private http: HttpClient | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private delayed: ReturnType<typeof setTimeout> | undefined;

  /** `reset` clears the state of the whole page. */
  constructor(private readonly reset: () => void = () => location.reload()) {}

  /** Returns the headers that the engine sends with each call. */
  readonly auth: Auth = ({ renew }) => {
    if (renew) this.expire(); // the service refused the token, and only the user has another one
    const token = sessionStorage.getItem(TOKEN);
    return token === null ? {} : { Authorization: `Bearer ${token}` };
  };

  /** Sets the HTTP client; it needs `auth` first, so the constructor cannot have it. */
  connect(http: HttpClient): void {
    this.http = http;
  }

  /** Checks whether the service requires a key and accepts the stored one; refreshes the quota from then on. */
  async check(): Promise<void> {
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.refresh(), REFRESH_INTERVAL);
    const timeout = setTimeout(() => {
      if (this.state.get() === 'checking') this.state.set('ready');
    }, FIRST_ANSWER_TIMEOUT);
    try {
      this.accept(await this.fetchAccount());
    } catch (error) {
      // for a 401, `auth` has set the state already
      if (!(error instanceof ApiError && error.status === 401)) this.state.set('ready');
    } finally {
      clearTimeout(timeout);
    }
  }

  /** Tries a key or token. Returns false where it is not valid; throws where the service cannot check it. */
  async signIn(token: string): Promise<boolean> {
    const before = this.account.get();
    sessionStorage.setItem(TOKEN, token);
    let account: Account;
    try {
      account = await this.fetchAccount();
    } catch (error) {
      sessionStorage.removeItem(TOKEN);
      if (error instanceof ApiError && error.status === 401) return false;
      throw error;
    }
    // another subject must not see the files of the one before
    if (before !== null && before.subject !== account.subject) this.reset();
    this.accept(account);
    return true;
  }

  /** Refreshes the quota. A failure is ignored: the next refresh follows. */
  async refresh(): Promise<void> {
    const subject = this.account.get()?.subject ?? null;
    if (this.state.get() !== 'ready' || subject === null) return;
    await this.fetchAccount().then(
      (account) => this.account.set(account),
      () => undefined,
    );
  }

  /** Refreshes the quota once for all changes within REFRESH_DELAY. */
  readonly refreshSoon = () => {
    this.delayed ??= setTimeout(() => {
      this.delayed = undefined;
      void this.refresh();
    }, REFRESH_DELAY);
  };

  signOut(): void {
    sessionStorage.removeItem(TOKEN);
    this.reset();
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.delayed);
    this.delayed = undefined;
  }

  private fetchAccount(): Promise<Account> {
    if (!this.http) throw new Error('The login is not connected.');
    return fetchAccount(this.http);
  }

  private accept(account: Account): void {
    this.account.set(account);
    this.state.set('ready');
  }

  private expire(): void {
    const hadToken = sessionStorage.getItem(TOKEN) !== null;
    sessionStorage.removeItem(TOKEN);
    this.state.set(hadToken || this.state.get() === 'expired' ? 'expired' : 'signed-out');
  }
}
