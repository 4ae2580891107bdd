export type { Arrived, BlobDrafts, BlobReader, BlobStore, Draft, LocalBlobs, OpenBlob } from './blobs.ts';
export { type Database, type DatabaseConfig, openDatabase } from './database.ts';
export { openFolderBlobs } from './folder-blobs.ts';
export { forEachEngine, type OpenFresh } from './for-each-engine.ts';
export { type Migration, migrate } from './migrate.ts';
export { type Notices, openNotices } from './notices.ts';
export { serially } from './serially.ts';
export { syncFolder } from './sync-folder.ts';
export { isBeingWritten, WRITER_MARK } from './writer-mark.ts';
