import { setImmediate } from 'node:timers/promises';
import type { Log } from '#base';
import { reopen } from '#deid';
import type { BlobStore } from '#store';
import type { DicomIndex } from './dicom-index.ts';

/** Images looked up at a time. */
const BATCH = 100;

/**
 * Brings into the index what the archive holds and the index does not: images of before the index, or of a moment in
 * which the node was killed. Goes on where it was when it is started again. Returns how many were added.
 */
export async function fillDicomIndex(
  { index, blobs, log }: { readonly index: DicomIndex; readonly blobs: BlobStore; readonly log: Log },
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
        const bytes = await blobs.get(image.blob_sha256);
        if (await index.add(reopen(bytes), { sha256: image.blob_sha256, sizeBytes: bytes.length })) added += 1;
      } catch (error) {
        // One damaged image must not keep the others out; it is tried again at the next start.
        log.warn('node.image-not-indexed', { blobSha256: image.blob_sha256, because: codeOf(error) });
      }
      await setImmediate();
    }
    if (missing.length < BATCH) return added;
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}
