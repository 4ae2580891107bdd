import { UnicaError } from '#base';
import { type JobSpec, MASKED_SITES, maskingHindrance, type WhyOpen } from '#wire';

const PROBLEMS: Readonly<Record<Exclude<WhyOpen, 'chosen' | 'before-masking'>, string>> = {
  'strategy-compares':
    'it compares the sites\' updates one by one, which masking hides; choose one that needs their sum, or let them travel "open"',
  'strategy-asynchronous':
    'FedBuff takes updates as they come, and masks need a group that is known; choose one with rounds, or let them travel "open"',
  compressed:
    'its updates are made smaller, and masks hide only numbers that are added up as they are; leave out the compression, or let them travel "open"',
  flower: 'a SuperLink of Flower adds up what it can read; let the updates travel "open", or leave out the engine',
  'few-sites': `a sum over fewer than ${MASKED_SITES.least} sites hides nobody; ask more sites, or let the updates travel "open"`,
  'many-sites': `updates are masked among at most ${MASKED_SITES.most} sites in a round; ask fewer in a round (sitesPerRound)`,
};

/** Checks that updates can be added up as a job says. @throws UnicaError `learning.strategy-refused`. */
export function checkAggregation(spec: JobSpec): void {
  if (spec.aggregation?.updates !== 'masked') return;
  const hindrance = maskingHindrance(spec);
  if (hindrance === undefined || hindrance === 'chosen' || hindrance === 'before-masking') return;
  throw new UnicaError('learning.strategy-refused', { problem: PROBLEMS[hindrance] });
}
