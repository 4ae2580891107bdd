import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import { bytesPassed } from '#memory';
import type { BlobDrafts, BlobReader, BlobStore, LocalBlobs, OpenBlob } from './blobs.ts';
import { contentDigest } from './content-digest.ts';
import { EarlySync } from './early-sync.ts';
import { openFolderDrafts } from './folder-drafts.ts';
import { syncFolder } from './sync-folder.ts';
import { isBeingWritten, WRITER_MARK } from './writer-mark.ts';

/** Content is streamed in pieces of this size. */
const PIECE_BYTES = 262_144;
/** What is put as a whole is digested and written in parts of this size, so that one goes on beside the other. */
const PART_BYTES = 4 * 2 ** 20;

/**
 * A content-addressed folder: `ab/cd…`. Content is written beside, synced, then renamed, so that kill −9 and a loss of
 * power leave either nothing or the whole; what a process that has ended left half written is swept when the folder is
 * opened. Content is checked against its digest when read.
 */
export async function openFolderBlobs(folder: string): Promise<BlobStore & BlobReader & BlobDrafts & LocalBlobs> {
  const incoming = join(folder, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  for (const name of await readdir(incoming)) {
    if (!isBeingWritten(name)) await rm(join(incoming, name), { force: true });
  }
  const pathOf = (sha256: string) => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new UnicaError('store.blob-missing', { sha256: 'not a digest' });
    return join(folder, sha256.slice(0, 2), sha256.slice(2));
  };
  const has = async (sha256: string) => (await stat(pathOf(sha256)).catch(() => undefined)) !== undefined;
  const shelves = new Map<string, Promise<void>>();
  /** Makes a folder of the store, safe on the disk before anything is put into it. */
  const standing = async (shelf: string): Promise<void> => {
    const made = shelves.get(shelf) ?? makeShelf(shelf, folder);
    shelves.set(shelf, made);
    await made.catch((error: unknown) => {
      shelves.delete(shelf);
      throw error;
    });
  };
  /** A file that is safe on the disk comes to its place under its digest. */
  const shelve = async (path: string, sha256: string): Promise<void> => {
    const place = pathOf(sha256);
    // In place of what may be there: the same content, or a damaged copy of it that is mended by this.
    const shelf = join(folder, sha256.slice(0, 2));
    await standing(shelf);
    await rename(path, place);
    // Whoever was told that the content is kept may throw away where it came from.
    await syncFolder(shelf);
  };
  const put: BlobStore['put'] = async (content) => {
    const temporary = join(incoming, `${WRITER_MARK}-${randomUUID()}`);
    const digest = createHash('sha256');
    let sizeBytes = 0;
    const file = await open(temporary, 'wx', 0o600);
    const early = new EarlySync(async () => await file.sync());
    try {
      const parts = content instanceof Uint8Array ? partsOf(content) : content;
      for await (const part of parts) {
        digest.update(part);
        sizeBytes += part.length;
        await file.writeFile(part);
        bytesPassed(part.length);
        early.wrote(part.length);
      }
      await early.finish();
    } catch (error) {
      await early.ended();
      await file.close();
      await rm(temporary, { force: true });
      throw error;
    }
    await file.close();
    const sha256 = digest.digest('hex');
    await shelve(temporary, sha256);
    return { sha256, sizeBytes };
  };
  return {
    has,
    pathOf,
    ...openFolderDrafts(join(folder, 'drafts'), { has, shelve, put }),
    put,
    draftPrefix: join(incoming, `${WRITER_MARK}-`),
    async adopt(path, sha256) {
      const file = await open(path, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await shelve(path, sha256);
    },
    async get(sha256) {
      const bytes = await readFile(pathOf(sha256)).catch((cause: unknown) => {
        throw new UnicaError('store.blob-missing', { sha256 }, { cause });
      });
      if (contentDigest(bytes) !== sha256) throw new UnicaError('store.blob-damaged', { sha256 });
      return bytes;
    },
    async *stream(sha256) {
      const blob = await openBlob(pathOf(sha256), sha256);
      const digest = createHash('sha256');
      try {
        for (let start = 0; start < blob.sizeBytes; start += PIECE_BYTES) {
          const piece = await blob.read(start, PIECE_BYTES);
          digest.update(piece);
          // The last piece is held back until the whole is known to be sound.
          if (start + PIECE_BYTES >= blob.sizeBytes && digest.digest('hex') !== sha256) {
            throw new UnicaError('store.blob-damaged', { sha256 });
          }
          yield piece;
        }
      } finally {
        await blob.close();
      }
    },
    open: (sha256) => openBlob(pathOf(sha256), sha256),
    async remove(sha256) {
      await rm(pathOf(sha256), { force: true });
    },
    async close() {},
  };
}

function* partsOf(content: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < content.length; start += PART_BYTES) yield content.subarray(start, start + PART_BYTES);
}

async function makeShelf(shelf: string, folder: string): Promise<void> {
  await mkdir(shelf, { recursive: true, mode: 0o700 });
  // Also one that is there: who made it may have been killed before it was safe, or be making it now.
  await syncFolder(folder);
}

async function openBlob(path: string, sha256: string): Promise<OpenBlob> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new UnicaError('store.blob-missing', { sha256 }, { cause });
  });
  const { size } = await file.stat();
  return {
    sizeBytes: size,
    async read(start, length, into) {
      const available = Math.max(0, Math.min(length, size - start));
      const bytes = into === undefined ? new Uint8Array(available) : into.subarray(0, available);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw new UnicaError('store.blob-damaged', { sha256 });
        filled += bytesRead;
      }
      if (into === undefined) bytesPassed(available);
      return bytes;
    },
    close: () => file.close(),
  };
}
