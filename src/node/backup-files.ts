import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { syncFolder } from '#store';

/** Files are read in pieces of this size. */
const PIECE_BYTES = 1_048_576;

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** A file of a backup, by its path below the folder that it was copied from, with `/` between folders. */
export const copiedFileSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(4096)
    // Nothing that a manifest says may lead out of the folder that is restored.
    .refine((path) => !path.startsWith('/') && !path.split(/[\\/]/).includes('..'), 'leads out of its folder'),
  sizeBytes: z.number().int().nonnegative(),
  sha256: digestSchema,
});
export type CopiedFile = z.infer<typeof copiedFileSchema>;

/** What a backup says of itself. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  software: z.string().max(40),
  siteId: z.string().max(64),
  madeAtMs: z.number().int(),
  /** The head of the journal that is in it; null where it was empty. */
  journal: z.strictObject({ sequence: z.number().int(), entrySha256: digestSchema }).nullable(),
  totals: z.strictObject({
    images: z.number().int(),
    studies: z.number().int(),
    persons: z.number().int(),
  }),
  files: z.array(copiedFileSchema),
  /** Of the archive, each under its digest in the folder `objects` that all backups share. */
  objects: z.array(z.tuple([digestSchema, z.number().int().nonnegative()])),
  /** The vault, sealed under its key as it always is; null where the node keeps none. */
  vault: copiedFileSchema.nullable(),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

/**
 * Copies a file, safe on the disk, for its owner alone, and appears whole or not at all.
 * @returns its size and digest; undefined where it was gone before it could be read
 */
export async function copyFileSafely(
  from: string,
  to: string,
): Promise<{ readonly sizeBytes: number; readonly sha256: string } | undefined> {
  let source: FileHandle;
  try {
    source = await open(from, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const unfinished = `${to}.unfinished`;
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const target = await open(unfinished, 'w', 0o600);
    try {
      const copied = await passed(source, async (piece) => await target.writeFile(piece));
      await target.sync();
      await target.close();
      await rename(unfinished, to);
      return copied;
    } catch (error) {
      await target.close().catch(() => undefined);
      await rm(unfinished, { force: true });
      throw error;
    }
  } finally {
    await source.close();
  }
}

/** Size and digest of a file. @throws Error of the system where it is not there */
export async function digestOfFile(path: string): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const source = await open(path, 'r');
  try {
    return await passed(source, async () => {});
  } finally {
    await source.close();
  }
}

async function passed(
  source: FileHandle,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const digest = createHash('sha256');
  const piece = new Uint8Array(PIECE_BYTES);
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await source.read(piece, 0, PIECE_BYTES, sizeBytes);
    if (bytesRead === 0) return { sizeBytes, sha256: digest.digest('hex') };
    const read = piece.subarray(0, bytesRead);
    digest.update(read);
    await take(read);
    sizeBytes += bytesRead;
  }
}

/**
 * Every file below a folder, by its path with `/`, without those whose first part is among `without`; sorted. Links are followed: a
 * folder that was moved to another disk, or a key that was put in from elsewhere, is part of it all the same. What goes while it is
 * looked for is left out, and nothing but that.
 */
export async function filesBelow(folder: string, without: (first: string) => boolean): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (below: string): Promise<void> => {
    for (const entry of await unlessGone(readdir(join(folder, below), { withFileTypes: true }), [])) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (below === '' && without(entry.name)) continue;
      const what = entry.isSymbolicLink() ? await unlessGone(stat(join(folder, path)), undefined) : entry;
      if (what?.isDirectory() === true) await look(path);
      else if (what?.isFile() === true) found.push(path);
    }
  };
  await look('');
  return found.sort();
}

async function unlessGone<Found, Otherwise>(looked: Promise<Found>, otherwise: Otherwise): Promise<Found | Otherwise> {
  try {
    return await looked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return otherwise;
    throw error;
  }
}

/** Where content lies under its digest, below a folder. */
export function placeOf(folder: string, sha256: string): string {
  return join(folder, sha256.slice(0, 2), sha256.slice(2));
}

/** Holds a file of a backup against what its manifest says. @throws UnicaError `backup.damaged` */
export async function checkFile(
  path: string,
  said: Pick<CopiedFile, 'sizeBytes' | 'sha256'>,
  name: string,
): Promise<void> {
  const found = await digestOfFile(path).catch(() => undefined);
  if (found === undefined) throw new UnicaError('backup.damaged', { file: name, problem: 'it is not there' });
  if (found.sizeBytes !== said.sizeBytes || found.sha256 !== said.sha256)
    throw new UnicaError('backup.damaged', { file: name, problem: 'it is not what was written' });
}

/** Makes what was written into folders safe, from the innermost. */
export async function syncFolders(folders: Iterable<string>): Promise<void> {
  for (const folder of [...new Set(folders)].sort((one, other) => other.length - one.length)) await syncFolder(folder);
}
