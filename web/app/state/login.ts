import { ApiError, type Auth, type HttpClient } from '../../client/index';
import { type Account, whoCalls } from '../api/account';
import { Store } from './store';

const TOKEN = 'login.token';
/** How often the quota is looked up again, and how soon after something changed. Milliseconds. */
const LOOK_AGAIN = 30_000;
const SOON = 1_000;
/** How long the page waits for the first answer before it opens without one. Milliseconds. */
const PATIENCE = 2_000;

/**
 * `asking`: nothing is known yet. `locked`: a key is wanted; `refused`: the last one is not good (any more). `in`: the page
 * may be used, with a key or because none is needed; also while the service cannot be asked, which the page then says.
 */
export type Door = 'asking' | 'locked' | 'refused' | 'in';

/** Who uses the page. The key or token is kept for this tab alone, in its sessionStorage: never on disk, never in an address. */
export class Login {
  readonly door = new Store<Door>('asking');
  readonly account = new Store<Account | null>(null);
  private http: HttpClient | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private soon: ReturnType<typeof setTimeout> | undefined;

  /** `leave` forgets all that the page knows. */
  constructor(private readonly leave: () => void = () => location.reload()) {}

  /** What the engine sends with each call. */
  readonly auth: Auth = ({ renew }) => {
    if (renew) this.lock(); // what was just sent is not good, and nobody but the person here has another
    const token = sessionStorage.getItem(TOKEN);
    return token === null ? {} : { Authorization: `Bearer ${token}` };
  };

  /** By what it asks; it needs our headers for that, so it comes later. */
  connect(http: HttpClient): void {
    this.http = http;
  }

  /** Finds out whether a key is wanted, and whether the one there is still good; from then on looks at the quota. */
  async check(): Promise<void> {
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.refresh(), LOOK_AGAIN);
    const opening = setTimeout(() => {
      if (this.door.get() === 'asking') this.door.set('in');
    }, PATIENCE);
    try {
      this.welcome(await this.ask());
    } catch (error) {
      // a 401 has locked the door already
      if (!(error instanceof ApiError && error.status === 401)) this.door.set('in');
    } finally {
      clearTimeout(opening);
    }
  }

  /** Tries a key or token. False where it is not good; throws what keeps it from being tried. */
  async enter(token: string): Promise<boolean> {
    const before = this.account.get();
    sessionStorage.setItem(TOKEN, token);
    let account: Account;
    try {
      account = await this.ask();
    } catch (error) {
      sessionStorage.removeItem(TOKEN);
      if (error instanceof ApiError && error.status === 401) return false;
      throw error;
    }
    // what one subject has on the page is no other's business
    if (before !== null && before.subject !== account.subject) this.leave();
    this.welcome(account);
    return true;
  }

  /** Looks up what is taken of the quota; that it cannot be looked up now matters to nobody. */
  async refresh(): Promise<void> {
    const subject = this.account.get()?.subject ?? null;
    if (this.door.get() !== 'in' || subject === null) return;
    await this.ask().then(
      (account) => this.account.set(account),
      () => undefined,
    );
  }

  /** Something has changed what is taken: looks it up once for all that changes about now. */
  readonly refreshSoon = () => {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      void this.refresh();
    }, SOON);
  };

  signOut(): void {
    sessionStorage.removeItem(TOKEN);
    this.leave();
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.soon = undefined;
  }

  private ask(): Promise<Account> {
    if (!this.http) throw new Error('The login is not connected.');
    return whoCalls(this.http);
  }

  private welcome(account: Account): void {
    this.account.set(account);
    this.door.set('in');
  }

  private lock(): void {
    const had = sessionStorage.getItem(TOKEN) !== null;
    sessionStorage.removeItem(TOKEN);
    this.door.set(had || this.door.get() === 'refused' ? 'refused' : 'locked');
  }
}
