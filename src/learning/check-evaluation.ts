import { UnicaError } from '#base';
import { type JobSpec, MOST_COMPARED_SITES } from '#wire';
import { isMasked } from './is-masked.ts';
import { isBuffered } from './job-view.ts';
import { serverStrategy } from './strategies.ts';

type Evaluated = Pick<
  JobSpec,
  'rounds' | 'evaluation' | 'warmStart' | 'privacy' | 'sites' | 'strategy' | 'aggregation'
>;

/** Checks that what a job would have evaluated is there. @throws UnicaError `learning.strategy-refused`. */
export function checkEvaluation(spec: Evaluated): void {
  const { rounds, evaluation, warmStart, privacy, sites } = spec;
  if (rounds === 0 && (evaluation === undefined || warmStart === undefined)) {
    throw refused(
      'a job of no rounds evaluates a registered model; name it (warmStart) and what is evaluated (evaluation)',
    );
  }
  if (evaluation === undefined) return;
  const { localOnly, crossSite = false, withoutEach = false } = evaluation;
  if (rounds === 0 && (localOnly || crossSite || withoutEach)) {
    throw refused('nothing is trained in no rounds, at a site alone neither, and no site can be left out');
  }
  if (localOnly && privacy !== undefined) {
    throw refused('training alone on the same films, with differential privacy, would have to be paid for again');
  }
  if ((crossSite || withoutEach) && (sites.length < 2 || sites.length > MOST_COMPARED_SITES)) {
    throw refused(
      `models of one site, or without one, are compared among 2 to ${MOST_COMPARED_SITES} sites, and it has ${sites.length}`,
    );
  }
  if (crossSite) checkCrossSite(spec, localOnly);
  if (withoutEach) checkWithoutEach(spec);
}

function checkCrossSite(spec: Evaluated, localOnly: boolean): void {
  if (!localOnly) throw refused('a model that is tried at other sites is first trained at its own: set localOnly, too');
  if (isMasked(spec)) {
    throw refused(
      'a model of one site would leave it for all to see, and the job masks updates so that nobody sees those of one; leave crossSite out, or let the updates travel "open"',
    );
  }
}

function checkWithoutEach(spec: Evaluated): void {
  if (isMasked(spec)) {
    throw refused(
      'what one site contributed cannot be told of masked updates, whose sum alone is known; leave withoutEach out, run a second job without the site and compare, or let the updates travel "open"',
    );
  }
  if (isBuffered(spec.strategy)) {
    throw refused(
      'under FedBuff the others would have begun from other models at other times without the site; a strategy with rounds can leave one out',
    );
  }
  const { fewestSites = 1 } = serverStrategy(spec.strategy);
  if (spec.sites.length - 1 < fewestSites) {
    throw refused(
      `its strategy needs ${fewestSites} sites, so that none of ${spec.sites.length} can be left out; ask one site more, or leave withoutEach out`,
    );
  }
}

function refused(problem: string): UnicaError {
  return new UnicaError('learning.strategy-refused', { problem });
}
