export type { BlobReader, BlobStore, LocalBlobs, OpenBlob } from './blobs.ts';
export { type Database, type DatabaseConfig, openDatabase } from './database.ts';
export { openFolderBlobs } from './folder-blobs.ts';
export { forEachEngine, type OpenFresh } from './for-each-engine.ts';
export { type Migration, migrate } from './migrate.ts';
export { serially } from './serially.ts';
export { folderSync, syncFolder } from './sync-folder.ts';
export { isBeingWritten, WRITER_MARK } from './writer-mark.ts';
