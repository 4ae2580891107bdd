import type { HubHouse } from './house.ts';

/** What nobody needs is kept for so long after it came. */
const KEPT_MS = 3_600_000;

/**
 * Throws away updates, masked updates, models of rounds and answers that nothing needs any more: neither a job that has not ended,
 * nor a registered model, nor its evidence. Nothing goes within an hour after it came last, and nothing that came in the hour before the oldest
 * open round began or since: its receipt may be on its way, from a node that has been offline, and clocks of hubs differ.
 * @returns how many contents went
 */
export async function clearContents({
  learning,
  models,
  blobs,
  clock,
  settled,
}: Pick<HubHouse, 'learning' | 'models' | 'blobs' | 'clock' | 'settled'>): Promise<number> {
  const nowMs = clock();
  const { digests, sinceMs } = await learning.needed();
  const kept = new Set(digests);
  // After the jobs: one that ends in between has registered its model by then.
  for (const { weightsSha256, evidence } of await models.list()) {
    kept.add(weightsSha256);
    for (const { imageSha256, overlaySha256 } of evidence?.explanations ?? []) {
      kept.add(imageSha256);
      kept.add(overlaySha256);
    }
  }
  // A power failure must not set back what was read above, once files are gone by it.
  await settled();
  return await blobs.clear({ beforeMs: Math.min(nowMs, sinceMs) - KEPT_MS, keeps: (sha256) => kept.has(sha256) });
}
