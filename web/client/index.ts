/** The upload engine's front door. */
export { credentialHeader, UploadApi } from './api';
export { type Clock, systemClock } from './clock';
export type { UploadDetails } from './details';
export { ApiError, LongshoreError, TransferError, UnreachableError, UnreadableError } from './errors';
export { type Call, type Fetch, HttpClient } from './http';
export type { Progress } from './progress';
export { type RetryPolicy, defaultRetryPolicy } from './retry';
export type { Transfer, Transport } from './transfer';
export type { Credential, FileRecord, Stage, StatusReply, VirusScanStatus } from './types';
export { Uploader, type UploaderOptions, type UploadHooks, type UploadSession } from './uploader';
