/** The public API of the upload engine. */
export { credentialHeader, UploadApi } from './api';
export type { ChecksumPreference } from './checksum-choice';
export { browserLocks, type Locks } from './claims';
export { type Clock, systemClock } from './clock';
export type { UploadDetails } from './details';
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
} from './errors';
export type { ChecksumAlgorithm, HashAlgorithm } from './hash/hash';
export { type Hasher, workerHasher } from './hash/hasher';
export { type Auth, type Call, type Fetch, HttpClient } from './http';
export { indexedDbMemory, noMemory, type RememberedUpload, type UploadMemory } from './memory';
export { browserNetwork, type Network } from './network';
export type { IsReachable } from './reachability';
export type { TransferTimeouts } from './connection-speed';
export type { Progress } from './progress';
export { type RetryPolicy, defaultRetryPolicy } from './retry';
export type { Transfer, Transport } from './transfer';
export type {
  Credential,
  FileDecision,
  FileRecord,
  LinkRecord,
  LinkReply,
  LinkRequest,
  Stage,
  StatusReply,
  VirusScanStatus,
} from './types';
export { Upload, type UploadEvents, type UploadSession } from './upload';
export { Uploader, type UploaderOptions, type UploadOptions } from './uploader';
