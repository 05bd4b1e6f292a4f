import { fileRecord, NOW } from '../../app/tests/fakes';
import type { AuditEntry } from '../api/audit-entry';
import type { Decision } from '../api/decisions';
import type { AdminFile, FileDetails } from '../api/files';
import type { AdminUpload } from '../api/uploads';

export { NOW };

export const adminFile = (change: Partial<AdminFile> = {}): AdminFile => ({
  ...fileRecord(),
  owner: 'ann',
  scan_attempts: 1,
  scanned_with: 'ClamAV 1.4.3/27654',
  downloads: 0,
  ...change,
});

export const infectedFile = (change: Partial<AdminFile> = {}): AdminFile =>
  adminFile({
    virus_scan_status: 'infected',
    virus_scan_result: 'Eicar',
    is_quarantined: true,
    quarantine_reason: 'The virus scanner found Eicar.',
    ...change,
  });

export const adminUpload = (change: Partial<AdminUpload> = {}): AdminUpload => ({
  upload_id: 'upload-1',
  file_id: 'file-1',
  filename: 'film.mp4',
  path_name: null,
  owner: 'ann',
  state: 'uploading',
  size: 12_000_000,
  chunk_size: 5_242_880,
  content_type: 'video/mp4',
  policy: 'default',
  grant_id: null,
  created_at: NOW,
  expires_at: NOW,
  failure_reason: null,
  ...change,
});

export const decision = (change: Partial<Decision> = {}): Decision => ({
  decision_id: 'decision-1',
  action: 'rescan',
  state: 'done',
  reason: null,
  filter: null,
  file_ids: ['a'],
  matched: 1,
  is_exact: true,
  done: 1,
  skipped: 0,
  failed: 0,
  reasons: [],
  problem: null,
  created_by: 'olivia',
  created_at: NOW,
  approved_by: null,
  approved_at: null,
  ended_at: NOW,
  ...change,
});

export const auditEntry = (change: Partial<AuditEntry> = {}): AuditEntry => ({
  sequence: 1,
  at: NOW,
  actor: 'scanner',
  key_prefix: null,
  address: null,
  action: 'infected',
  target_id: 'a',
  owner: null,
  reason: 'Eicar',
  before: null,
  after: null,
  request_id: null,
  ...change,
});

export const fileDetails = (change: Partial<FileDetails> = {}): FileDetails => ({
  file: infectedFile({ id: 'a', filename: 'report.txt' }),
  upload: adminUpload({ state: 'completed' }),
  job: null,
  scan_due_at: null,
  object: { bucket: 'private', key: 'quarantine/key', etag: '"e"', version_id: null },
  parts: [{ part_number: 1, size: 1200, etag: '"e"', checksum: null }],
  links: [],
  audit: [auditEntry()],
  unreachable: [],
  ...change,
});
