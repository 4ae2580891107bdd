import { UnicaError } from '#base';
import type { StrategySpec } from '#wire';
import { serverStrategy } from './strategies.ts';

/** Bytes of held changes that a hub has room for, under strategies that compare the sites. */
const MOST_HELD_BYTES = 2 ** 31;
/** What one sum of SCAFFOLD's control variates has room for. */
const MOST_SCAFFOLD_SITES = 256;

/**
 * Checks that a strategy can work in a job, before anybody is asked to approve it.
 * @param sites that take part in a round
 * @throws UnicaError `learning.strategy-refused`
 */
export function checkStrategy(job: {
  readonly strategy: StrategySpec;
  readonly optimiser: { readonly kind: string; readonly momentum?: number | undefined };
  readonly sites: number;
  readonly parameters: number;
  /** Whether the sites add noise. */
  readonly hasNoise?: boolean | undefined;
  /** Whether fewer than all sites are asked in a round. */
  readonly sampled: boolean;
}): void {
  const { strategy, optimiser, sites, parameters } = job;
  if (serverStrategy(strategy).needs === 'each' && 4 * parameters * sites > MOST_HELD_BYTES) {
    throw refused(
      `it compares the sites, and the hub has no room to hold ${sites} changes of ${parameters} parameters at once`,
    );
  }
  if (job.hasNoise === true && strategy.kind === 'ditto') {
    throw refused('Ditto trains twice on the same films, and with differential privacy each would have to be paid for');
  }
  if (strategy.kind === 'scaffold') {
    if (optimiser.kind !== 'sgd' || (optimiser.momentum ?? 0) !== 0) {
      throw refused('SCAFFOLD corrects plain gradients; choose the optimiser "sgd" without momentum');
    }
    if (sites > MOST_SCAFFOLD_SITES) throw refused(`SCAFFOLD takes at most ${MOST_SCAFFOLD_SITES} sites`);
  }
  if (strategy.kind === 'fedbuff') {
    if (job.sampled) throw refused('FedBuff asks every site again and again; leave out the number of sites a round');
    if (strategy.bufferSize > sites) {
      throw refused(`a buffer of ${strategy.bufferSize} updates is never full with ${sites} sites`);
    }
  }
  if (strategy.kind === 'krum') {
    const fewest = Math.max(2 * strategy.badSites + 3, strategy.keep);
    if (sites < fewest) {
      throw refused(`Krum with ${strategy.badSites} bad sites needs at least ${fewest} sites in a round, not ${sites}`);
    }
  }
}

function refused(problem: string): UnicaError {
  return new UnicaError('learning.strategy-refused', { problem });
}
