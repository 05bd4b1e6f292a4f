import type { HttpClient } from '../../client/index';

/** Who calls. Without login there is no subject, and nothing is counted; `allowed_bytes` is null without a limit. */
export interface Account {
  subject: string | null;
  scopes: string[];
  used_bytes: number | null;
  allowed_bytes: number | null;
  /** Attacks that storage does not refuse; only callers who see everything are told. */
  storage_lets_through: string[];
}

/** Whether these scopes allow what one scope allows; `admin` allows everything. */
export function allows(scopes: string[], scope: string): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

export function whoCalls(http: HttpClient): Promise<Account> {
  return http.call('/api/v1/users/me', { repeat: 'once' });
}
