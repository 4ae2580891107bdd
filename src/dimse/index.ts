export type { AllowedPeer, AllowedReader } from './allowed-peer.ts';
export type {
  Asker,
  Findings,
  FoundValues,
  Question,
  ReadableArchive,
  RetrievalReport,
  RetrieveWish,
} from './archive.ts';
export { echo } from './echo.ts';
export { FILE_META_BYTES_AT_MOST, type FileMeta, fileMeta, readFileMeta } from './file-meta.ts';
export { find } from './find.ts';
export { DEFAULT_LIMITS, type DimseLimits } from './limits.ts';
export type { Query } from './query.ts';
export type { IncomingInstance, ReceiveInstance } from './receive-instance.ts';
export type { RemoteSystem } from './request-association.ts';
export { get, move, type RetrieveOptions, type RetrieveOutcome, type RetrieveProgress } from './retrieve.ts';
export { type SecureIdentity, secureReceiver, secureRequest } from './secure-transport.ts';
export { isOutOfResources } from './status.ts';
export { openStorageScp, type StorageScp, type StorageScpOptions } from './storage-scp.ts';
export { STORAGE_SOP_CLASSES } from './storage-sop-classes.ts';
export { instanceOfFile, type OutgoingInstance, type StoreOutcome, store } from './store.ts';
export { STORED_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';
export type { OperationOptions } from './user-association.ts';
export { findScheduled, type ScheduledStep } from './worklist.ts';
