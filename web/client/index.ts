/** The public API of the upload engine. */
export { credentialHeader, UploadApi } from './api/api';
export type { ChecksumPreference } from './hash/checksum-choice';
export { browserLocks, type Locks } from './memory/claims';
export { type Clock, systemClock } from './network/clock';
export type { UploadDetails } from './api/details';
export {
  AlreadyStoredError,
  ApiError,
  DifferentFileError,
  InfectedError,
  LongshoreError,
  OriginRefusedError,
  TransferError,
  UnreachableError,
  UnreadableError,
  UploadBusyError,
} from './api/errors';
export type { HashAlgorithm } from './hash/hash';
export { type Hasher, workerHasher } from './hash/hasher';
export { type Auth, type Call, type Fetch, HttpClient } from './api/http';
export { indexedDbMemory, noMemory, type RememberedUpload, type UploadMemory } from './memory/memory';
export { browserNetwork, type Network } from './network/network';
export type { IsReachable } from './network/reachability';
export type { TransferTimeouts } from './network/connection-speed';
export type { Progress } from './transfer/progress';
export { type RetryPolicy, defaultRetryPolicy } from './network/retry';
export type { Transfer, Transport } from './transfer/transfer';
export type {
  ChecksumAlgorithm,
  Credential,
  FileDecision,
  FileRecord,
  LinkRecord,
  LinkReply,
  LinkRequest,
  Stage,
  StatusReply,
  VirusScanStatus,
} from './api/types';
export { Upload, type UploadEvents, type UploadSession } from './upload/upload';
export { Uploader, type UploaderOptions, type UploadOptions } from './upload/uploader';
