import { defaultRetryPolicy, type Fetch, HttpClient, systemClock } from '../../client/index';
import { Announcer } from '../../shared/state/announcer';
import { HealthMonitor } from '../../shared/state/health';
import { Login } from '../../shared/state/login';
import { type PageContext, usePageContext } from '../../shared/state/page-context';

/** What the components of this page share. */
export interface AdminContext extends PageContext {
  http: HttpClient;
  /** For answers that are not JSON. */
  fetch: Fetch;
}

/** Replacements for the defaults, for tests. */
export interface AdminContextOptions {
  fetch?: Fetch;
  login?: Login;
}

/** Every call is made once: this page shows a failure and asks again, instead of waiting silently. */
const TOOLS = {
  clock: systemClock,
  random: Math.random,
  policy: { ...defaultRetryPolicy, attempts: 1 },
  network: { isOnline: () => true, online: () => Promise.resolve() },
};

export function createAdminContext({
  fetch = (input, init) => window.fetch(input, init),
  login = new Login(),
}: AdminContextOptions = {}): AdminContext {
  const http = new HttpClient({ endpoint: '', fetch, auth: login.auth }, TOOLS);
  login.connect(http);
  return { http, fetch, login, health: new HealthMonitor(http), announcer: new Announcer() };
}

/** Returns the context of the PageContextProvider around the component. */
export const useAdminContext = (): AdminContext => usePageContext() as AdminContext;
