import { bytesPassed } from '#memory';
import { type BlobReader, type BlobStore, serially } from '#store';
import type { JobSpec } from '#wire';
import type { Agreement } from './agreement.ts';
import { type BlockFile, blockLengths, openBlocks, openChange } from './change-blocks.ts';
import { headOf } from './change-head.ts';
import { checkChange, checkLength, squareOf } from './fixed-point.ts';
import { type MaskedUpdates, summedBlocks } from './masked-round.ts';
import { numberGrid } from './number-grid.ts';
import { siteUpdate } from './site-update.ts';
import type { StoredUpdate } from './stored-update.ts';
import { serverStrategy } from './strategies.ts';

/** What folding makes and drops for each parameter: the sum as a double, what it becomes, and integers where updates are masked. */
const FOLDED_BYTES = 16;
/** So many updates at most are checked at the same time, and share the memory for that: one thread checks them all. */
const CHECKED_AT_ONCE = 8;
const checking = Array.from({ length: CHECKED_AT_ONCE }, serially);
let checked = 0;

/**
 * The model after a round, as bytes of its file, folded while the updates are read: for strategies that treat every
 * parameter by itself. What is held is one block of each update, whatever the size of the model.
 * @throws UnicaError `learning.update-refused`, `learning.strategy-refused`, `store.blob-damaged`.
 */
export async function* foldBlocks(
  blobs: BlobStore & BlobReader,
  round: {
    readonly spec: JobSpec;
    readonly number: number;
    /** Sites of the job. */
    readonly sites: number;
    readonly startSha256: string;
    readonly updates: readonly StoredUpdate[];
    /** Told of every block. */
    readonly agreement: Agreement;
  },
): AsyncGenerator<Uint8Array> {
  const { spec, number, sites, startSha256, updates, agreement } = round;
  const strategy = serverStrategy(spec.strategy);
  const files: BlockFile[] = [];
  try {
    files.push(await openBlocks(blobs, spec.model, startSha256));
    for (const { sha256 } of updates) files.push(await openChange(blobs, spec, sha256));
    yield headOf(spec.model);
    for (const length of blockLengths(spec.model, files.length)) {
      const [start = new Float32Array(length), ...changes] = await Promise.all(files.map((file) => file.next(length)));
      const fold = strategy.openRound({ length, sites, state: {}, grid: numberGrid(spec) });
      for (const [index, { siteId, films, staleness }] of updates.entries()) {
        const change = changes[index] ?? new Float32Array(0);
        fold.add({ ...siteUpdate(spec, number, { siteId, change, films }), staleness });
      }
      const { parameters } = fold.close(start);
      agreement.addModel(start, parameters);
      for (const [index, { siteId }] of updates.entries()) {
        agreement.addChange(siteId, changes[index] ?? new Float32Array(0));
      }
      yield new Uint8Array(parameters.buffer, parameters.byteOffset, parameters.byteLength);
      bytesPassed(FOLDED_BYTES * length);
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/**
 * As {@link foldBlocks}, of updates of which only the sum is known, added up while it is read.
 * @throws UnicaError `aggregation.aborted`, `store.blob-damaged`.
 */
export async function* foldSummedBlocks(
  blobs: BlobStore & BlobReader,
  round: {
    readonly spec: JobSpec;
    readonly sites: number;
    readonly startSha256: string;
    readonly updates: MaskedUpdates;
  },
): AsyncGenerator<Uint8Array> {
  const { spec, sites, startSha256, updates } = round;
  const strategy = serverStrategy(spec.strategy);
  const file = await openBlocks(blobs, spec.model, startSha256);
  try {
    yield headOf(spec.model);
    for await (const summed of summedBlocks(updates, {
      lengths: blockLengths(spec.model, updates.files.length + 1),
      blobs,
    })) {
      const { length } = summed.numbers;
      const start = await file.next(length);
      const fold = strategy.openRound({ length, sites, state: {}, grid: numberGrid(spec) });
      fold.addSummed?.(summed);
      const { parameters } = fold.close(start);
      yield new Uint8Array(parameters.buffer, parameters.byteOffset, parameters.byteLength);
      bytesPassed(FOLDED_BYTES * length);
    }
  } finally {
    await file.close();
  }
}

/**
 * Checks a change as it is read; → its Euclidean length. Its digest was checked when it came and is again when it is folded.
 * @throws UnicaError `learning.update-refused`, `store.blob-missing`.
 */
export async function checkStoredChange(
  blobs: BlobStore & BlobReader,
  spec: Pick<JobSpec, 'model' | 'compression' | 'longestChange'>,
  sha256: string,
): Promise<number> {
  checked += 1;
  const inTurn = checking[checked % CHECKED_AT_ONCE] ?? serially();
  return await inTurn(async () => await checkedLength(blobs, spec, sha256));
}

async function checkedLength(
  blobs: BlobStore & BlobReader,
  spec: Pick<JobSpec, 'model' | 'compression' | 'longestChange'>,
  sha256: string,
): Promise<number> {
  const { model, longestChange } = spec;
  const file = await openChange(blobs, spec, sha256, 'unchecked');
  try {
    let square = 0;
    for (const length of blockLengths(model, CHECKED_AT_ONCE)) {
      const change = await file.next(length);
      checkChange(change);
      square = squareOf(change, square);
    }
    const length = Math.sqrt(square);
    if (longestChange !== undefined) checkLength(length, longestChange);
    return length;
  } finally {
    await file.close();
  }
}
