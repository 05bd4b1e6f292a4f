import type { UploadApi } from '../api/api';
import type { ChecksumChoice } from '../hash/checksum-choice';
import type { Claims } from '../memory/claims';
import type { Hasher } from '../hash/hasher';
import type { HttpClient } from '../api/http';
import type { RememberedUpload, UploadMemory } from '../memory/memory';
import type { IsReachable } from '../network/reachability';
import type { ConnectionSpeed } from '../network/connection-speed';
import type { RetryTools } from '../network/retry';
import type { Slots } from '../transfer/slots';
import type { Throttle } from '../network/throttle';
import type { Transport } from '../transfer/transfer';
import type { Tuner } from '../network/tuner';
import type { UploadDetails } from '../api/details';
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
