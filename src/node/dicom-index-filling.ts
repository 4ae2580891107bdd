import { setImmediate } from 'node:timers/promises';
import type { Log } from '#base';
import { type Deidentified, reopen, reopenInParts } from '#deid';
import { LARGE_FILE_BYTES, openFileSource } from '#intake';
import type { BlobStore, LocalBlobs } from '#store';
import type { DicomIndex } from './dicom-index.ts';

/** Images looked up at a time. */
const BATCH = 100;

interface Shelves {
  readonly index: DicomIndex;
  readonly blobs: BlobStore & LocalBlobs;
  readonly log: Log;
}

/**
 * Brings into the index what the archive holds and the index does not: images of before the index, or of a moment in
 * which the node was killed; then how images were taken that were indexed before it kept that. Goes on where it was when it is started again.
 * Returns how many images were added or read once more.
 */
export async function fillDicomIndex(shelves: Shelves, signal: AbortSignal): Promise<number> {
  const { index } = shelves;
  const added = await eachOf(
    shelves,
    signal,
    async (after) => await index.missing(after, BATCH),
    async (image, blob) => await index.add(image, blob),
  );
  const read = await eachOf(
    shelves,
    signal,
    async (after) => await index.withoutAcquisition(after, BATCH),
    async (image) => await index.addAcquisition(image),
  );
  return added + read;
}

async function eachOf(
  { blobs, log }: Shelves,
  signal: AbortSignal,
  pageAfter: (after: string) => Promise<readonly { readonly sop_instance_uid: string; readonly blob_sha256: string }[]>,
  use: (image: Deidentified, blob: { readonly sha256: string; readonly sizeBytes: number }) => Promise<boolean>,
): Promise<number> {
  let done = 0;
  let after = '';
  for (;;) {
    const page = await pageAfter(after);
    for (const { sop_instance_uid, blob_sha256: sha256 } of page) {
      if (signal.aborted) return done;
      after = sop_instance_uid;
      try {
        const { image, sizeBytes } = await opened(blobs, sha256);
        if (await use(image, { sha256, sizeBytes })) done += 1;
      } catch (error) {
        // One damaged image must not keep the others out; it is tried again at the next start.
        log.warn('node.image-not-indexed', { blobSha256: sha256, because: codeOf(error) });
      }
      await setImmediate();
    }
    if (page.length < BATCH) return done;
  }
}

async function opened(
  blobs: BlobStore & LocalBlobs,
  sha256: string,
): Promise<{ readonly image: Deidentified; readonly sizeBytes: number }> {
  const source = openFileSource(blobs.pathOf(sha256));
  try {
    if (source.sizeBytes > LARGE_FILE_BYTES) return { image: reopenInParts(source), sizeBytes: source.sizeBytes };
  } finally {
    source.close();
  }
  const bytes = await blobs.get(sha256);
  return { image: reopen(bytes), sizeBytes: bytes.length };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
