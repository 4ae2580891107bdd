import { closeSync, openSync, rmSync, writeSync, writevSync } from 'node:fs';
import { concatBytes } from '#base';
import type { Refusal } from '#deid';

/** Pieces that together take less are written at once. */
const TOGETHER_BYTES = 1_048_576;

/**
 * Writes a cleaned file that is not held as a whole to a new path, in the calling thread; where it could not be cleaned
 * after all, or the disk is full, nothing is left of it. Durable only once the caller has synced it.
 * @param onPiece hears every piece, for a digest
 * @returns its size, or why it could not be cleaned
 */
export function writeContents(
  path: string,
  contents: Generator<Uint8Array, Refusal | undefined>,
  onPiece: (piece: Uint8Array) => void = () => {},
): number | Refusal {
  const file = openSync(path, 'wx', 0o600);
  let sizeBytes = 0;
  let isWhole = false;
  try {
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    for (let next = contents.next(); ; next = contents.next()) {
      if (next.done === true) {
        if (next.value !== undefined) return next.value;
        writeAll(file, waiting, waitingBytes);
        isWhole = true;
        return sizeBytes;
      }
      const piece = next.value;
      onPiece(piece);
      sizeBytes += piece.length;
      waiting.push(piece);
      waitingBytes += piece.length;
      if (waitingBytes < TOGETHER_BYTES) continue;
      writeAll(file, waiting, waitingBytes);
      waiting = [];
      waitingBytes = 0;
    }
  } finally {
    closeSync(file);
    if (!isWhole) rmSync(path, { force: true });
  }
}

function writeAll(file: number, pieces: readonly Uint8Array[], sizeBytes: number): void {
  if (sizeBytes === 0) return;
  const written = writevSync(file, pieces);
  if (written === sizeBytes) return;
  const rest = concatBytes(pieces).subarray(written);
  for (let at = 0; at < rest.length; ) at += writeSync(file, rest, at);
}
