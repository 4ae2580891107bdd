import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Refusal } from '#deid';

/** A file that was written piece by piece. */
export interface WrittenContents {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Writes a cleaned file that is not held as a whole to a new path, in the calling thread; where it could not be cleaned
 * after all, or the disk is full, nothing is left of it. Durable only once the caller has synced it.
 */
export function writeContents(
  path: string,
  contents: Generator<Uint8Array, Refusal | undefined>,
): WrittenContents | Refusal {
  const file = openSync(path, 'wx', 0o600);
  const digest = createHash('sha256');
  let sizeBytes = 0;
  let isWhole = false;
  try {
    for (let next = contents.next(); ; next = contents.next()) {
      if (next.done === true) {
        if (next.value !== undefined) return next.value;
        isWhole = true;
        return { path, sizeBytes, sha256: digest.digest('hex') };
      }
      const piece = next.value;
      digest.update(piece);
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
      sizeBytes += piece.length;
    }
  } finally {
    closeSync(file);
    if (!isWhole) rmSync(path, { force: true });
  }
}
