import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { Arrived, BlobDrafts, Draft } from './blobs.ts';
import { contentDigest } from './content-digest.ts';

/** Room that is left for the database and for what is on its way already. */
const SPARE_BYTES = 64 * 2 ** 20;
/** Drafts of one owner; the oldest goes when another begins. */
const MOST_DRAFTS = 8;
const MIB = 2 ** 20;

/**
 * Drafts as files that grow: `drafts/lisbon-ab12…`. Several processes may share the folder, because a piece is written to
 * its own place and has the same bytes whoever writes it.
 */
export function openFolderDrafts(
  folder: string,
  shelf: {
    has(sha256: string): Promise<boolean>;
    /** Takes a file over that is safe on the disk. */
    shelve(path: string, sha256: string): Promise<void>;
    /** Keeps content that is here as a whole. */
    put(content: Uint8Array): Promise<unknown>;
  },
): BlobDrafts {
  const pathOf = ({ owner, sha256 }: Omit<Draft, 'sizeBytes'>): string => {
    if (!/^[a-z0-9-]{1,64}$/.test(owner) || !/^[0-9a-f]{64}$/.test(sha256)) {
      throw new UnicaError('store.blob-missing', { sha256: 'not a digest' });
    }
    return join(folder, `${owner}-${sha256}`);
  };
  const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;
  const arrived = async (draft: Omit<Draft, 'sizeBytes'>): Promise<Arrived> => {
    if (await shelf.has(draft.sha256)) return { arrivedBytes: 0, whole: true };
    return { arrivedBytes: await sizeOf(pathOf(draft)), whole: false };
  };
  return {
    arrived,
    async addPiece(draft, start, piece) {
      const path = pathOf(draft);
      const { sizeBytes, sha256 } = draft;
      if (await shelf.has(sha256)) return { arrivedBytes: sizeBytes, whole: true };
      if (start === 0 && piece.length === sizeBytes) {
        if (contentDigest(piece) !== sha256) throw new UnicaError('store.draft-corrupt');
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await checkRoom(folder, sizeBytes);
        await shelf.put(piece).catch((error: unknown) => {
          throw failureOf(error, sizeBytes);
        });
        await rm(path, { force: true });
        return { arrivedBytes: sizeBytes, whole: true };
      }
      const before = await sizeOf(path);
      if (start > before || start + piece.length > sizeBytes) {
        throw new UnicaError('store.piece-out-of-place', { start, arrivedBytes: before });
      }
      if (before === 0) await begin(folder, draft);
      if (start + piece.length > before) await write(path, start, piece);
      const arrivedBytes = Math.max(before, start + piece.length);
      if (arrivedBytes < sizeBytes) return { arrivedBytes, whole: false };
      if ((await digestOf(path)) !== sha256) {
        await rm(path, { force: true });
        // Another process may have checked it, and shelved it, a moment ago.
        if (await shelf.has(sha256)) return { arrivedBytes: sizeBytes, whole: true };
        throw new UnicaError('store.draft-corrupt');
      }
      await shelf.shelve(path, sha256).catch(async (error: unknown) => {
        if (!(await shelf.has(sha256))) throw error;
      });
      return { arrivedBytes: sizeBytes, whole: true };
    },
  };
}

/** Makes room for a draft. @throws UnicaError `store.disk-full`. */
async function begin(folder: string, { owner, sizeBytes }: Draft): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await checkRoom(folder, sizeBytes);
  const own = (await readdir(folder)).filter((name) => name.slice(0, -65) === owner);
  if (own.length < MOST_DRAFTS) return;
  const aged = await Promise.all(
    own.map(async (name) => ({ name, atMs: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  aged.sort((a, b) => a.atMs - b.atMs);
  for (const { name } of aged.slice(0, own.length - MOST_DRAFTS + 1)) await rm(join(folder, name), { force: true });
}

async function checkRoom(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes < sizeBytes + SPARE_BYTES) throw diskFull(sizeBytes, freeBytes);
}

async function write(path: string, start: number, piece: Uint8Array): Promise<void> {
  const file = await open(path, 'r+').catch(() => open(path, 'w+', 0o600));
  try {
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done, start + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw failureOf(error, piece.length);
  } finally {
    await file.close();
  }
}

/** What is told of a failed write. */
function failureOf(error: unknown, neededBytes: number): unknown {
  const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return full ? diskFull(neededBytes, 0, error) : error;
}

/** The digest of a file that is safe on the disk when it is known. */
async function digestOf(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    const digest = createHash('sha256');
    for await (const part of createReadStream(path, { highWaterMark: 262_144 })) digest.update(part as Buffer);
    return digest.digest('hex');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function diskFull(neededBytes: number, freeBytes: number, cause?: unknown): UnicaError {
  const facts = { neededMib: Math.ceil(neededBytes / MIB), freeMib: Math.floor(freeBytes / MIB) };
  return new UnicaError('store.disk-full', facts, { cause });
}
