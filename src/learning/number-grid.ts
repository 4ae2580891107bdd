import type { JobSpec } from '#wire';
import { checkChange, LARGEST_CHANGE } from './fixed-point.ts';
import type { NumberGrid, SiteUpdate } from './strategy.ts';

const ROOM_BITS = 30;

/** Undefined: a job from before there was a choice, counted as decision 008 says. */
export function numberGrid(spec: Pick<JobSpec, 'aggregation' | 'sites' | 'sitesPerRound'>): NumberGrid | undefined {
  if (spec.aggregation === undefined) return undefined;
  const { mostFilms } = spec.aggregation;
  const sites = Math.min(spec.sites.length, spec.sitesPerRound ?? spec.sites.length);
  const perStep = 2 ** (ROOM_BITS - bits(sites) - bits(LARGEST_CHANGE));
  return { changes: perStep / 2 ** bits(mostFilms), perStep, mostFilms };
}

/** What a site weighs. */
export function weightOf(films: number, grid: NumberGrid): number {
  return Math.min(films, grid.mostFilms);
}

/** Whether the strategy adds up a second number for each parameter. */
export function lanesOf({ strategy }: Pick<JobSpec, 'strategy'>): 1 | 2 {
  return strategy.kind === 'scaffold' ? 2 : 1;
}

/**
 * A site's numbers as they are added up: weighed changes, then under SCAFFOLD changes per step.
 * @throws UnicaError `learning.update-refused` when a change is not a number below 8.
 */
export function countedNumbers(
  spec: Pick<JobSpec, 'strategy'>,
  { change, films, steps }: Pick<SiteUpdate, 'change' | 'films' | 'steps'>,
  grid: NumberGrid,
): Int32Array {
  checkChange(change);
  const { length } = change;
  const numbers = new Int32Array(length * lanesOf(spec));
  const weight = weightOf(films, grid) * grid.changes;
  // The product is exact (24 bits by 20 and a power of two), so this is Math.round, which takes three times as long.
  for (let at = 0; at < length; at += 1) numbers[at] = Math.floor((change[at] ?? 0) * weight + 0.5);
  if (numbers.length === length) return numbers;
  const perStep = grid.perStep / Math.max(1, steps);
  for (let at = 0; at < length; at += 1) numbers[length + at] = Math.round((change[at] ?? 0) * perStep);
  return numbers;
}

function bits(value: number): number {
  return Math.ceil(Math.log2(value));
}
