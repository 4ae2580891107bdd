import { setImmediate } from 'node:timers/promises';
import type { Log } from '#base';
import { reopen, reopenInParts } from '#deid';
import { LARGE_FILE_BYTES, openFileSource } from '#intake';
import type { BlobStore, LocalBlobs } from '#store';
import type { DicomIndex } from './dicom-index.ts';

/** Images looked up at a time. */
const BATCH = 100;

/**
 * Brings into the index what the archive holds and the index does not: images of before the index, or of a moment in
 * which the node was killed. Goes on where it was when it is started again. Returns how many were added.
 */
export async function fillDicomIndex(
  { index, blobs, log }: { readonly index: DicomIndex; readonly blobs: BlobStore & LocalBlobs; readonly log: Log },
  signal: AbortSignal,
): Promise<number> {
  let added = 0;
  let after = '';
  for (;;) {
    const missing = await index.missing(after, BATCH);
    for (const image of missing) {
      if (signal.aborted) return added;
      after = image.sop_instance_uid;
      try {
        if (await addTo(index, blobs, image.blob_sha256)) added += 1;
      } catch (error) {
        // One damaged image must not keep the others out; it is tried again at the next start.
        log.warn('node.image-not-indexed', { blobSha256: image.blob_sha256, because: codeOf(error) });
      }
      await setImmediate();
    }
    if (missing.length < BATCH) return added;
  }
}

async function addTo(index: DicomIndex, blobs: BlobStore & LocalBlobs, sha256: string): Promise<boolean> {
  const source = openFileSource(blobs.pathOf(sha256));
  try {
    if (source.sizeBytes > LARGE_FILE_BYTES) {
      return await index.add(reopenInParts(source), { sha256, sizeBytes: source.sizeBytes });
    }
  } finally {
    source.close();
  }
  const bytes = await blobs.get(sha256);
  return await index.add(reopen(bytes), { sha256, sizeBytes: bytes.length });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
