import { randomBytes } from 'node:crypto';
import { UnicaError } from '#base';
import type { BlobStore } from '#store';
import type { Finding } from '#wire';
import { bad, failureOf, good, systemCode } from './findings.ts';

/** Objects that are read whole, at most. */
const MOST_READ = 20;

/**
 * Whether a store takes content and gives it back, and whether some of what it should hold is there and whole.
 * @param held digests of content that it should hold; the first {@link MOST_READ} are read
 * @param where a path or an address, without anything secret
 */
export async function examineObjects(
  open: () => Promise<BlobStore>,
  held: readonly string[],
  where: string,
): Promise<Finding> {
  let blobs: BlobStore | undefined;
  try {
    blobs = await open();
    const { sha256 } = await blobs.put(randomBytes(32));
    await blobs.get(sha256);
    await blobs.remove(sha256);
    const read = held.slice(0, MOST_READ);
    let broken = 0;
    for (const digest of read) {
      await blobs.get(digest).catch((error: unknown) => {
        if (error instanceof UnicaError && error.code.startsWith('store.blob-')) broken += 1;
        else throw error;
      });
    }
    if (broken > 0) return bad('objects', new UnicaError('checkup.objects-damaged', { looked: read.length, broken }));
    const checked = read.length === 0 ? '' : ` ${read.length} that were read are whole.`;
    return good('objects', `The store takes content and gives it back.${checked}`);
  } catch (error) {
    const failure = failureOf(error, where);
    return bad(
      'objects',
      failure.code === 'internal'
        ? new UnicaError('checkup.objects-unreachable', { reason: systemCode(error) })
        : failure,
    );
  } finally {
    await blobs?.close().catch(() => undefined);
  }
}
