import { asUnicaError } from '#base';
import type { BlobReader, BlobStore } from '#store';
import type { ComparedModel, JobSpec, Receipt } from '#wire';
import type { JobState } from './job-view.ts';
import { modelWithout } from './model-without.ts';
import { decodeParameters } from './update-file.ts';

/** Models that all sites are to try: the final one without each site, and those that sites trained alone and sent. */
export async function comparedModels(state: JobState, blobs: BlobStore & BlobReader): Promise<ComparedModel[]> {
  const { spec, sites } = state.view;
  const local = [...state.localModels].map(([siteId, weightsSha256]) => ({
    kind: 'local-only' as const,
    siteId,
    weightsSha256,
  }));
  const firstWeightsSha256 = state.firstWeightsSha256;
  if (spec.evaluation?.withoutEach !== true || firstWeightsSha256 === null) return local;
  const approved = sites.filter(({ decision }) => decision === 'approved').map(({ siteId }) => siteId);
  const job = { spec, sites: approved.length, firstWeightsSha256, rounds: state.folded };
  const without: ComparedModel[] = [];
  for (const siteId of approved) {
    const file = approved.length < 2 ? undefined : await modelWithout(blobs, job, siteId);
    if (file === undefined) continue;
    without.push({ kind: 'without-site', siteId, weightsSha256: (await blobs.put(file)).sha256 });
  }
  return [...without, ...local];
}

/** What is wrong with a model that a site trained alone and sent; undefined where nothing is, or it sent none. */
export async function localModelProblem(
  spec: JobSpec,
  { localWeightsSha256 }: Pick<Extract<Receipt, { kind: 'evaluated' }>, 'localWeightsSha256'>,
  blobs: BlobReader & Pick<BlobStore, 'get'>,
): Promise<string | undefined> {
  if (localWeightsSha256 === undefined) return undefined;
  if (spec.evaluation?.crossSite !== true) return 'it sent a model of its own, and the job does not ask for one';
  try {
    const parameters = decodeParameters(spec.model, await blobs.get(localWeightsSha256));
    return parameters.every(Number.isFinite) ? undefined : 'its own model has numbers that are not finite';
  } catch (error) {
    const { family, message } = asUnicaError(error);
    if (family !== 'user') throw error;
    return message.slice(0, 500);
  }
}
