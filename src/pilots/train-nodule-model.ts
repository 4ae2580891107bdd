import { UnicaError } from '#base';
import {
  initialParameters,
  NODULE_MAP_STRIDE,
  type NoduleSpec,
  openPredictor,
  parameterTable,
  type TrainResult,
  train,
} from '#engine';
import type { HostFilm } from './insert-nodule.ts';
import { type NoduleFilm, type NoduleStream, nodulePatches, PATCH_PX } from './nodule-samples.ts';

/** A nodule model and what it was made with. */
export interface NoduleModel {
  readonly spec: NoduleSpec;
  readonly parameters: Float32Array;
}

/** How a nodule model is trained on one machine. */
export interface NoduleTraining {
  readonly spec: NoduleSpec;
  /** Normal films of each site. One site is learning on one machine; several learn alone in each round and are averaged (FedAvg). */
  readonly sites: readonly (readonly HostFilm[])[];
  readonly stream: NoduleStream;
  /** Films made anew at each site and learned from once; so many times. */
  readonly filmsAtOnce: number;
  readonly rounds: number;
  readonly learningRate: number;
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRound?: ((round: number, loss: number, parameters: Float32Array) => void) | undefined;
}

/** Patches in a step of the optimiser. */
const BATCH = 32;
/** What is left of the learning rate at the end. */
const LAST_RATE = 0.05;
/** How many times stronger nodules are in the first round; as asked for from the middle on. */
const FIRST_CONTRAST = 3;

/**
 * First phase: all parameters, on patches of films that are made while they are learned from, none of them twice; the learning rate falls
 * as a cosine over the rounds.
 * @throws UnicaError as `train`; `engine.data-mismatch` without films
 */
export async function trainNoduleModel(training: NoduleTraining): Promise<NoduleModel> {
  const { spec, sites, rounds } = training;
  if (sites.length === 0 || sites.some((hosts) => hosts.length === 0))
    throw new UnicaError('engine.data-mismatch', { problem: 'a site has no film to put nodules in' });
  let parameters = initialParameters(spec, training.stream.seed);
  for (let round = 0; round < rounds; round += 1) {
    const mean = new Float64Array(parameters.length);
    let loss = 0;
    for (const site of sites.keys()) {
      const learned = await siteRound(training, { site, round, parameters });
      learned.parameters.forEach((value, index) => {
        mean[index] = (mean[index] as number) + value / sites.length;
      });
      loss += (learned.epochs.at(-1)?.loss ?? Number.NaN) / sites.length;
    }
    parameters = Float32Array.from(mean);
    training.onRound?.(round + 1, loss, parameters);
  }
  return { spec, parameters };
}

async function siteRound(
  training: NoduleTraining,
  start: { readonly site: number; readonly round: number; readonly parameters: Float32Array },
): Promise<TrainResult> {
  const { spec, sites, stream, filmsAtOnce, rounds, learningRate, workers, signal } = training;
  const { site, round, parameters } = start;
  const [faintest, strongest] = stream.contrast;
  const easier = easierAt(round / rounds);
  const contrast = [easier * faintest, easier * strongest] as const;
  const own = { ...stream, contrast, seed: `${stream.seed}/${site}` };
  return await train({
    // The same parameters: only the size of the picture differs.
    model: { ...spec, rows: PATCH_PX, columns: PATCH_PX },
    parameters,
    data: nodulePatches(sites[site] ?? [], own, { first: round * filmsAtOnce, count: filmsAtOnce }),
    epochs: 1,
    batchSize: BATCH,
    learningRate: learningRate * rateAt(round / rounds),
    seed: `${own.seed}/${round}`,
    optimiser: { kind: 'adam' },
    clipNorm: 1,
    workers,
    signal,
  });
}

/** How much stronger than asked for nodules are at so far a share of the rounds: what is plain is learned first (Bengio et al. 2009). */
function easierAt(share: number): number {
  return 1 + (FIRST_CONTRAST - 1) * Math.max(0, 1 - 2 * share);
}

function rateAt(share: number): number {
  return LAST_RATE + ((1 - LAST_RATE) * (1 + Math.cos(Math.PI * share))) / 2;
}

/** The model's answers about pictures, [row, column] each. */
export interface NoduleAnswer {
  readonly probability: number;
  /** Probability of each cell, [row, column] of the location map. */
  readonly map: Float32Array;
}

/** Answers for films, a few at a time. @throws UnicaError as `openPredictor` */
export async function noduleAnswers(
  { spec, parameters }: NoduleModel,
  pictures: readonly Float32Array[],
): Promise<readonly NoduleAnswer[]> {
  const predictor = await openPredictor(spec, parameters);
  const length = spec.rows * spec.columns;
  try {
    const answers: NoduleAnswer[] = [];
    for (const picture of pictures) {
      const { probability, map } = await predictor.predictAll({ image: picture.slice(0, length) }, 1);
      answers.push({ probability: probability?.[0] ?? Number.NaN, map: map ?? new Float32Array() });
    }
    return answers;
  } finally {
    await predictor.close();
  }
}

/** Steps of Newton's method; a fit of two numbers needs fewer than ten. */
const NEWTON_STEPS = 25;
/** Pull towards a scale of 1 and an offset of 0, in films: keeps the fit where two classes part without a miss. */
const PULL = 1;

/**
 * Second phase: fits scale and offset of the pooled answer to whole films by logistic regression (Platt 1999), everything else
 * frozen. Seconds, and the only part that a site has to fit anew for its own mixture of films.
 */
export async function fitPooling(model: NoduleModel, films: readonly NoduleFilm[]): Promise<NoduleModel> {
  const plain = { ...model, parameters: withPooling(model, { scale: 1, offset: 0 }) };
  const answers = await noduleAnswers(
    plain,
    films.map(({ seen }) => seen.values),
  );
  const pooled = answers.map(({ probability }) => logitOf(probability));
  let [scale, offset] = [1, 0];
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    let [gs, go, ss, so, oo] = [PULL * (scale - 1), PULL * offset, PULL, 0, PULL];
    pooled.forEach((value, index) => {
      const share = 1 / (1 + Math.exp(-(scale * value + offset)));
      const error = share - ((films[index]?.spots.length ?? 0) > 0 ? 1 : 0);
      const weight = share * (1 - share);
      gs += error * value;
      go += error;
      ss += weight * value * value;
      so += weight * value;
      oo += weight;
    });
    const determinant = ss * oo - so * so;
    scale -= (oo * gs - so * go) / determinant;
    offset -= (ss * go - so * gs) / determinant;
  }
  return { ...model, parameters: withPooling(model, { scale, offset }) };
}

/** The parameters with another scale and offset of the pooled answer. */
function withPooling(
  { spec, parameters }: NoduleModel,
  pooling: { readonly scale: number; readonly offset: number },
): Float32Array {
  const copy = parameters.slice();
  for (const { name, offset } of parameterTable(spec).entries) {
    if (name === 'pooled.scale') copy[offset] = pooling.scale;
    if (name === 'pooled.offset') copy[offset] = pooling.offset;
  }
  return copy;
}

/** Log-odds, held away from certainty that single precision cannot tell. */
export function logitOf(probability: number): number {
  const bounded = Math.min(1 - 1e-7, Math.max(1e-12, probability));
  return Math.log(bounded / (1 - bounded));
}

/** A place that the model points at, in pixels of its picture, and the probability of its cell. */
export interface NoduleMark {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** Cells around a mark in which no other is made: 5 × 5. */
const APART = 2;

/** The map's local maxima, the strongest first, at most so many. */
export function noduleMarks(map: Float32Array, { columns }: NoduleSpec, most = 20): readonly NoduleMark[] {
  const width = columns / NODULE_MAP_STRIDE;
  const height = map.length / width;
  const marks: NoduleMark[] = [];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const score = map[row * width + column] as number;
      let isLargest = true;
      for (let r = Math.max(0, row - APART); r <= Math.min(height - 1, row + APART); r += 1)
        for (let c = Math.max(0, column - APART); c <= Math.min(width - 1, column + APART); c += 1) {
          const other = map[r * width + c] as number;
          if (other > score || (other === score && r * width + c < row * width + column)) isLargest = false;
        }
      if (isLargest) marks.push({ x: (column + 0.5) * NODULE_MAP_STRIDE, y: (row + 0.5) * NODULE_MAP_STRIDE, score });
    }
  }
  return marks.sort((a, b) => b.score - a.score).slice(0, most);
}
