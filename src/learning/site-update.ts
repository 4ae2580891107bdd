import type { JobSpec } from '#wire';
import { roundRate } from './round-rate.ts';
import type { SiteUpdate } from './strategy.ts';

/** A site's part of a round with what follows from the job: its steps and their learning rate need not be told. */
export function siteUpdate(
  spec: JobSpec,
  round: number,
  { siteId, change, films }: Pick<SiteUpdate, 'siteId' | 'change' | 'films'>,
): SiteUpdate {
  const steps = spec.localSteps ?? spec.localEpochs * Math.ceil(films / spec.batchSize);
  return { siteId, change, films, steps, learningRate: roundRate(spec, round), staleness: 0 };
}
