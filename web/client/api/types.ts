/** The request and response bodies of the API. Sizes are bytes, times RFC 3339 in UTC. */

/** The checksums that S3 checks. */
export type ChecksumAlgorithm = 'SHA256' | 'CRC32' | 'CRC32C' | 'CRC64NVME';

export type VirusScanStatus =
  | 'pending'
  | 'scanning'
  | 'clean'
  | 'infected'
  | 'unscannable'
  | 'error'
  | 'disabled'
  | 'blocked'
  | 'released';

export type Stage =
  | 'uploading'
  | 'completing'
  | 'queued'
  | 'scanning'
  | 'ready'
  | 'quarantined'
  | 'scan_failed'
  | 'aborted'
  | 'expired';

/** Makes a file private: required to download it. */
export type Credential = Record<string, string>;

/** A presigned URL for one chunk. */
export interface SignedChunk {
  chunk_index: number;
  part_number: number;
  method: string;
  url: string;
  headers: Record<string, string>;
  expires_at: string;
}

export interface InitRequest {
  filename?: string;
  size?: number;
  content_type?: string;
  /** Requested part size in bytes; the service adjusts it to its limits. */
  chunk_size?: number;
  checksum_algorithm?: ChecksumAlgorithm;
  policy?: string;
  path_name?: string;
  replaces?: string;
}

export interface InitReply {
  upload_id: string;
  file_id: string;
  chunk_size: number;
  total_chunks: number | null;
  expires_at: string;
  chunks: SignedChunk[];
}

export interface ChunkReply {
  upload_id: string;
  chunk_index: number;
  chunks: SignedChunk[];
}

export interface CompleteRequest {
  upload_id: string;
  total_chunks: number;
  total_size: number;
  filename: string;
  content_type: string;
  credential?: Credential;
  detail?: Record<string, unknown>;
  appointment_id?: string;
  user_id?: string;
  path_name?: string;
  replaces?: string;
}

export interface StatusReply {
  status: 'PENDING' | 'STARTED' | 'SUCCESS' | 'FAILURE';
  stage: Stage;
  upload_id: string;
  file_id: string;
  /** Bytes in storage, while the upload is open. */
  uploaded_bytes: number;
  virus_scan_status: VirusScanStatus | null;
  /** Name of the found signature, or the reason for the verdict; null if clean. */
  virus_scan_result: string | null;
  /** The media type that the bytes show; null before the scan, and if they were not scanned. */
  detected_content_type: string | null;
}

/** A chunk in storage. */
export interface StoredChunk {
  chunk_index: number;
  size: number;
  etag: string;
  checksum: string | null;
}

/** The stored and missing chunks of an open upload. `size` is null when init had none. */
export interface ResumeReply {
  upload_id: string;
  file_id: string;
  chunk_size: number;
  size: number | null;
  expires_at: string;
  checksum_algorithm: ChecksumAlgorithm | null;
  uploaded: StoredChunk[];
  missing: number[];
  chunks: SignedChunk[];
}

export interface FileDecision {
  action: 'release' | 'block';
  by: string;
  at: string;
  reason: string | null;
}

export interface FileRecord {
  id: string;
  upload_id: string;
  /** The subject that owns it; only for the scope `admin`, or with login off. */
  owner?: string | null;
  filename: string;
  /** Its folder, such as `photos/2026`; null: in none. */
  path_name: string | null;
  /** The file that is deleted once this one is clean; null: none, or it is deleted. */
  replaces: string | null;
  path: string;
  content_type: string;
  /** The media type that the bytes show; null before the scan, and if they were not scanned. */
  detected_content_type: string | null;
  size: number;
  detail: Record<string, unknown> | null;
  is_private: boolean;
  download_url: string | null;
  download_expires_at: string | null;
  checksum: string | null;
  virus_scan_status: VirusScanStatus;
  virus_scan_result: string | null;
  virus_scan_date: string | null;
  is_quarantined: boolean;
  quarantine_reason: string | null;
  appointment_id: string | null;
  user_id: string | null;
  /** The upload policy under which it was accepted. */
  policy: string;
  /** The grant with which it was uploaded. */
  grant_id: string | null;
  /** Increases with each change of the file. */
  version: number;
  /** When it is deleted; null: never. */
  expires_at: string | null;
  /** Whether nothing may delete it. */
  legal_hold: boolean;
  /** The operator's decision that it is `released` or `blocked`; null without one. */
  decision: FileDecision | null;
  created_at: string;
}

/** The limits of a link to a file, for people without a login. */
export interface LinkRequest {
  /** Seconds until it expires. */
  expires_in?: number;
  max_downloads?: number | null;
  password?: string | null;
  /** `attachment`: browsers save the file. `inline`: they may display a safe type. */
  disposition?: 'inline' | 'attachment';
}

export interface LinkReply {
  link_id: string;
  /** Shown only once. */
  url: string;
  expires_at: string;
}

export interface LinkRecord {
  link_id: string;
  state: 'active' | 'used_up' | 'expired' | 'revoked';
  disposition: 'inline' | 'attachment';
  has_password: boolean;
  /** null: any number. */
  max_downloads: number | null;
  downloads: number;
  last_used_at: string | null;
  created_by: string | null;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
}
