export type { Arrived, BlobDrafts, BlobReader, BlobStore, Draft, LocalBlobs, OpenBlob } from './blobs.ts';
export { contentDigest } from './content-digest.ts';
export { type Database, type DatabaseConfig, openDatabase } from './database.ts';
export { openFolderBlobs } from './folder-blobs.ts';
export { type FolderLock, folderHolder, keepOthersOut, lockFolder, workBeside } from './folder-lock.ts';
export { forEachEngine, type OpenFresh } from './for-each-engine.ts';
export { GroupedSync } from './grouped-sync.ts';
export { type Migration, migrate, pendingMigrations } from './migrate.ts';
export { type Notices, openNotices } from './notices.ts';
export { prepared } from './prepared-query.ts';
export { rememberSmall } from './recent-blobs.ts';
export { openS3Blobs, type S3Settings } from './s3-blobs.ts';
export { serially } from './serially.ts';
export { SharedBlocks, type SharedContent } from './shared-blocks.ts';
export {
  type ClearsContents,
  keepSmall,
  openContent,
  type SmallContentTables,
  smallContentMigrations,
} from './small-contents.ts';
export { makeFile, replaceFile } from './small-files.ts';
export { syncFolder } from './sync-folder.ts';
export { isBeingWritten, WRITER_MARK } from './writer-mark.ts';
