/** An entry of the audit log. */
export interface AuditEntry {
  /** Null for some seconds, until it is sealed. */
  sequence: number | null;
  at: string;
  actor: string;
  key_prefix: string | null;
  address: string | null;
  action: string;
  target_id: string | null;
  owner: string | null;
  reason: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  request_id: string | null;
}
