import { UnicaError } from '#base';
import type { ComparedModel, ComparedScores, ModelScores, SiteRound, SiteScores } from '#wire';
import { MOST_FILMS } from './fixed-point.ts';

/** No mean loss of a model that is of any use comes near. */
const LARGEST_LOSS = 1e6;

/**
 * Checks what a site says of its round before it is recorded: a figure that could not be summed up when the round closes
 * would otherwise keep it from ever closing.
 * @param sites sites of the round; each may bring its share of the films that can be added up
 * @throws UnicaError `learning.update-refused`.
 */
export function checkReport({ samples, loss }: SiteRound, sites: number): void {
  const problem = samples < 1 ? 'it was made from no films' : problemOf(samples, loss, sites);
  if (problem !== undefined) throw new UnicaError('learning.update-refused', { problem });
}

/** What keeps a site's scores from being summed up with those of others; undefined where nothing does. */
export function scoresProblem({ common, personal, localOnly }: SiteScores, sites: number): string | undefined {
  return problemOfScores([common, personal, localOnly], sites);
}

/** As {@link scoresProblem}, of the models that a site was asked to try; those and no others. */
export function comparedProblem(
  told: ComparedScores,
  asked: readonly ComparedModel[],
  sites: number,
): string | undefined {
  const nameOf = ({ kind, siteId }: Pick<ComparedModel, 'kind' | 'siteId'>) => `${kind} ${siteId}`;
  const names = told.map(nameOf).sort();
  if (names.join() !== asked.map(nameOf).sort().join()) return 'it is not of the models that were asked about';
  return problemOfScores(
    told.map(({ scores }) => scores),
    sites,
  );
}

function problemOfScores(told: readonly (ModelScores | null)[], sites: number): string | undefined {
  for (const scores of told) {
    if (scores === null) continue;
    const { negative, positive } = scores.histogram;
    const counted = [...negative, ...positive].reduce((sum, count) => sum + count, 0);
    const problem = problemOf(Math.max(scores.samples, counted), scores.loss, sites);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf(films: number, loss: number, sites: number): string | undefined {
  if (films > Math.floor(MOST_FILMS / sites)) return 'it claims more films than can be added up';
  return Math.abs(loss) <= LARGEST_LOSS ? undefined : 'its loss is beyond all measure';
}
