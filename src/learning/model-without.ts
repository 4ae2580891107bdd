import type { BlobReader, BlobStore } from '#store';
import type { JobSpec } from '#wire';
import { numberGrid } from './number-grid.ts';
import { siteUpdate } from './site-update.ts';
import type { StoredUpdate } from './stored-update.ts';
import { serverStrategy } from './strategies.ts';
import type { StrategyState } from './strategy.ts';
import { decodeChange, decodeParameters, encodeParameters } from './update-file.ts';

/** A closed round with the updates it was folded from. */
export interface FoldedRound {
  readonly number: number;
  readonly updates: readonly StoredUpdate[];
}

/**
 * The final model as it would be without one site: every round is folded anew by the job's own rule, from the changes that the other
 * sites did send (Song, Tong & Wei 2019, the reconstruction over all rounds). Nothing is trained again, so the others' changes are
 * those they made in its company; what they would have learned alone is not known. A round in which nobody else took part changes
 * nothing. It takes as many reads of the updates as the job has rounds, and holds one model and one update at a time.
 * @param siteId whom to leave out; undefined: nobody, which gives the final model itself, bit for bit
 * @returns the model's file, or undefined where a round had too few other sites for its strategy
 * @throws UnicaError `store.blob-damaged`, `store.blob-missing`.
 */
export async function modelWithout(
  blobs: BlobStore & BlobReader,
  job: {
    readonly spec: JobSpec;
    /** Sites of the job, whom to leave out among them. */
    readonly sites: number;
    readonly firstWeightsSha256: string;
    readonly rounds: readonly FoldedRound[];
  },
  siteId: string | undefined,
): Promise<Uint8Array | undefined> {
  const { spec, rounds } = job;
  const strategy = serverStrategy(spec.strategy);
  const sites = siteId === undefined ? job.sites : job.sites - 1;
  let parameters = decodeParameters(spec.model, await blobs.get(job.firstWeightsSha256));
  let state: StrategyState = {};
  for (const { number, updates } of rounds) {
    const others = updates.filter((update) => update.siteId !== siteId);
    if (others.length === 0) continue;
    if (others.length < (strategy.fewestSites ?? 1)) return undefined;
    const fold = strategy.openRound({ length: parameters.length, sites, state, grid: numberGrid(spec) });
    for (const { siteId: other, films, sha256, staleness } of others) {
      const change = decodeChange(spec, await blobs.get(sha256));
      fold.add({ ...siteUpdate(spec, number, { siteId: other, change, films }), staleness });
    }
    ({ parameters, state } = fold.close(parameters));
  }
  return encodeParameters(spec.model, parameters);
}
