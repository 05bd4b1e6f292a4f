import type { UploadApi } from './api';
import type { ChecksumChoice } from './checksum-choice';
import type { Claims } from './claims';
import type { Hasher } from './hash/hasher';
import type { HttpClient } from './http';
import type { RememberedUpload, UploadMemory } from './memory';
import type { IsReachable } from './reachability';
import type { ConnectionSpeed } from './connection-speed';
import type { RetryTools } from './retry';
import type { Slots } from './slots';
import type { Throttle } from './throttle';
import type { Transport } from './transfer';
import type { Tuner } from './tuner';
import type { UploadDetails } from './details';
import type { UploadSession } from './upload';

/** The state that all files of an Uploader share. */
export interface Shared {
  http: HttpClient;
  api: UploadApi;
  tools: RetryTools;
  files: Slots;
  parts: Slots;
  tuner: Tuner;
  speed: ConnectionSpeed;
  throttle: Throttle;
  checksums: ChecksumChoice;
  hasher: Hasher;
  memory: UploadMemory;
  claims: Claims;
  transport: Transport;
  isReachable: IsReachable;
  /** Compare files after they were sent, because the browser does not detect changes. */
  compareAfterwards: boolean;
  signingWindow: number;
}

/** One file and its upload options. */
export interface FileOptions {
  file: Blob;
  details: UploadDetails;
  /** The upload to resume. */
  from: { session?: UploadSession | undefined; uploadId?: string };
  unfinished: () => Promise<RememberedUpload[]>;
}
