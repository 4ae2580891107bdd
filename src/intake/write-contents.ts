import { closeSync, openSync, rmSync, writeSync, writev, writevSync } from 'node:fs';
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
  let isWhole = false;
  try {
    const rest = writeButLast(file, contents, onPiece);
    if ('kind' in rest) return rest;
    const { last, sizeBytes } = rest;
    if (last.length > 0) finish(file, last, writevSync(file, last));
    isWhole = true;
    return sizeBytes;
  } finally {
    closeSync(file);
    if (!isWhole) rmSync(path, { force: true });
  }
}

/**
 * As {@link writeContents}, but the last megabyte is written by a thread of the system while the caller goes on; what the
 * pieces lie in must stay as it is until then.
 */
export async function writeContentsBeside(
  path: string,
  contents: Generator<Uint8Array, Refusal | undefined>,
): Promise<number | Refusal> {
  const file = openSync(path, 'wx', 0o600);
  let isWhole = false;
  try {
    const rest = writeButLast(file, contents, () => {});
    if ('kind' in rest) return rest;
    const { last, sizeBytes } = rest;
    if (last.length > 0) finish(file, last, await writtenBeside(file, last));
    isWhole = true;
    return sizeBytes;
  } finally {
    closeSync(file);
    if (!isWhole) rmSync(path, { force: true });
  }
}

/** All but the last pieces, which are to be written at once. */
function writeButLast(
  file: number,
  contents: Generator<Uint8Array, Refusal | undefined>,
  onPiece: (piece: Uint8Array) => void,
): { readonly last: readonly Uint8Array[]; readonly sizeBytes: number } | Refusal {
  let sizeBytes = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for (let next = contents.next(); ; next = contents.next()) {
    if (next.done === true) return next.value ?? { last: waiting, sizeBytes };
    const piece = next.value;
    onPiece(piece);
    sizeBytes += piece.length;
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes < TOGETHER_BYTES) continue;
    finish(file, waiting, writevSync(file, waiting));
    waiting = [];
    waitingBytes = 0;
  }
}

function writtenBeside(file: number, pieces: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(file, pieces, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

/** What the system has not taken at once. */
function finish(file: number, pieces: readonly Uint8Array[], written: number): void {
  const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  if (written === sizeBytes) return;
  const rest = concatBytes(pieces).subarray(written);
  for (let at = 0; at < rest.length; ) at += writeSync(file, rest, at);
}
