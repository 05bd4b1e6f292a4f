import type { HttpClient } from '../../client/index';

/** The caller. Without login, `subject` and `used_bytes` are null; `allowed_bytes` is null without a limit. */
export interface Account {
  subject: string | null;
  scopes: string[];
  used_bytes: number | null;
  allowed_bytes: number | null;
  /** Attacks that storage does not refuse; empty for callers without access to everything. */
  storage_lets_through: string[];
}

/** Whether `scopes` include `scope`; `admin` includes every scope. */
export function allows(scopes: string[], scope: string): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

export function fetchAccount(http: HttpClient): Promise<Account> {
  return http.call('/api/v1/users/me', { repeat: 'once' });
}
