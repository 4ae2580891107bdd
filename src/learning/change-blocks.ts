import { createHash, type Hash } from 'node:crypto';
import { UnicaError } from '#base';
import { type ModelSpec, parameterTable } from '#engine';
import type { BlobReader, BlobStore, OpenBlob } from '#store';
import type { JobSpec } from '#wire';
import { headOf } from './change-head.ts';
import {
  type CompressingSpec,
  checkHead,
  compressedHead,
  FORMAT_BYTES,
  isCompressing,
  isMadeSmaller,
  PART_NUMBERS,
  partReader,
} from './compressed-change.ts';
import { decodeParameters } from './update-file.ts';

/** Numbers that are held of one file at a time, where few files are read side by side: 1 MiB. */
const MOST_BLOCK_NUMBERS = 262_144;
/** Of all files that are read side by side: what is held does not grow with the sites. */
const HELD_NUMBERS = 8 * MOST_BLOCK_NUMBERS;

/** Parameters or changes of a model that are read from the blob store a block at a time, in their order. */
export interface BlockFile {
  /** The next so many numbers, until the next call. @throws UnicaError `store.blob-damaged` with the last ones. */
  next(count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Lengths of the blocks of a model, in order. @param files that are read side by side */
export function blockLengths(spec: ModelSpec, files: number): Generator<number> {
  return lengthsOf(parameterTable(spec).total, files);
}

/** Lengths of the blocks of so many numbers, in order. @param files that are read side by side */
export function* lengthsOf(total: number, files: number): Generator<number> {
  const share = PART_NUMBERS * Math.max(1, Math.floor(HELD_NUMBERS / Math.max(1, files) / PART_NUMBERS));
  const block = Math.min(MOST_BLOCK_NUMBERS, share);
  for (let at = 0; at < total; at += block) yield Math.min(block, total - at);
}

/** Whether content is held against its digest while it is read: not where it is read again before anything comes of it. */
export type Reading = 'checked' | 'unchecked';

/**
 * Opens parameters or a change. What a UNICA house wrote begins with the very head this model has, and is read as it lies;
 * any other file is read whole first. @throws UnicaError `learning.update-refused`, `store.blob-missing`.
 */
export async function openBlocks(
  blobs: BlobStore & BlobReader,
  spec: ModelSpec,
  sha256: string,
  reading: Reading = 'checked',
): Promise<BlockFile> {
  const table = parameterTable(spec);
  const head = headOf(spec);
  const file = await blobs.open(sha256);
  const begin = await file.read(0, head.length).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  if (Buffer.compare(begin, head) !== 0 || file.sizeBytes !== head.length + 4 * table.total) {
    await file.close();
    return wholeFile(decodeParameters(spec, await blobs.get(sha256)));
  }
  const digest = reading === 'checked' ? createHash('sha256').update(head) : undefined;
  const { next, close } = inOrder(file, { sha256, from: head.length, digest });
  return {
    async next(count) {
      const bytes = await next(count);
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    },
    close,
  };
}

/** Numbers of 4 bytes each that are read from the blob store a block at a time, in their order. */
export interface NumberFile {
  /** The bytes of the next so many numbers, until the next call. @throws UnicaError `store.blob-damaged` with the last ones. */
  next(count: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file of numbers without a head. @throws UnicaError `store.blob-missing`. */
export async function openNumbers(blobs: BlobReader, sha256: string): Promise<NumberFile> {
  return inOrder(await blobs.open(sha256), { sha256, from: 0, digest: createHash('sha256') });
}

function inOrder(
  file: OpenBlob,
  { sha256, from, digest }: { readonly sha256: string; readonly from: number; readonly digest: Hash | undefined },
): NumberFile {
  let at = from;
  let held = new Uint8Array(0);
  return {
    async next(count) {
      if (held.length < 4 * count) held = new Uint8Array(4 * count);
      const bytes = await file.read(at, 4 * count, held);
      at += bytes.length;
      digest?.update(bytes);
      if (digest !== undefined && at === file.sizeBytes && digest.digest('hex') !== sha256)
        throw new UnicaError('store.blob-damaged', { sha256 });
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Opens a site's change: made smaller as its job says, or whole. @throws UnicaError `learning.update-refused`, `store.blob-missing`. */
export async function openChange(
  blobs: BlobStore & BlobReader,
  spec: Pick<JobSpec, 'model' | 'compression'>,
  sha256: string,
  reading: Reading = 'checked',
): Promise<BlockFile> {
  return isCompressing(spec) && (await beginsSmaller(blobs, sha256))
    ? await openCompressed(blobs, spec, sha256)
    : await openBlocks(blobs, spec.model, sha256, reading);
}

async function beginsSmaller(blobs: BlobReader, sha256: string): Promise<boolean> {
  const file = await blobs.open(sha256);
  try {
    return isMadeSmaller(await file.read(0, FORMAT_BYTES));
  } finally {
    await file.close();
  }
}

/** A change that was made smaller, read as it lies. Blocks are whole numbers of its parts. */
async function openCompressed(
  blobs: BlobStore & BlobReader,
  spec: CompressingSpec,
  sha256: string,
): Promise<BlockFile> {
  const file = await blobs.open(sha256);
  const digest = createHash('sha256');
  const part = partReader(spec);
  const { total } = parameterTable(spec.model);
  let [at, given] = [0, 0];
  const take = async (count: number): Promise<Uint8Array> => {
    if (at + count > file.sizeBytes) throw new UnicaError('learning.update-refused', { problem: 'it ends too early' });
    const bytes = count === 0 ? new Uint8Array(0) : await file.read(at, count);
    at += count;
    digest.update(bytes);
    return bytes;
  };
  try {
    checkHead(spec, await take(Math.min(file.sizeBytes, compressedHead(spec).length)));
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    async next(count) {
      const block = new Float32Array(count);
      for (let begin = 0; begin < count; begin += PART_NUMBERS) {
        const into = block.subarray(begin, Math.min(count, begin + PART_NUMBERS));
        const header = await take(part.headerBytes);
        part.read(header, await take(part.bytesAfter(header, into.length)), into);
      }
      given += count;
      if (given < total) return block;
      if (at !== file.sizeBytes) {
        throw new UnicaError('learning.update-refused', { problem: 'it goes on after its end' });
      }
      if (digest.digest('hex') !== sha256) throw new UnicaError('store.blob-damaged', { sha256 });
      return block;
    },
    close: () => file.close(),
  };
}

function wholeFile(numbers: Float32Array): BlockFile {
  let at = 0;
  return {
    async next(count) {
      at += count;
      return numbers.slice(at - count, at);
    },
    close: async () => {},
  };
}
