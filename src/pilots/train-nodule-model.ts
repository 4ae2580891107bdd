import { UnicaError } from '#base';
import { initialParameters, type NoduleSpec, openPredictor, parameterTable, type TrainResult, train } from '#engine';
import type { HostFilm } from './insert-nodule.ts';
import { CROP_PX, type NoduleFilm, type NoduleStream, noduleCrops } from './nodule-samples.ts';

/** A nodule model and what it was made with. */
export interface NoduleModel {
  readonly spec: NoduleSpec;
  readonly parameters: Float32Array;
  /** Films are seen as they are and mirrored, and each cell has the mean of both log-odds: twice the time, a steadier answer. */
  readonly mirrored?: boolean | undefined;
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
  /** Where a training that was broken off goes on: what it had after so many rounds. */
  readonly from?: { readonly rounds: number; readonly parameters: Float32Array } | undefined;
  readonly learningRate: number;
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRound?: ((round: number, loss: number, parameters: Float32Array) => void) | undefined;
}

/** Crops in a step of the optimiser. */
const BATCH = 16;
/** What is left of the learning rate at the end. */
const LAST_RATE = 0.03;
/** How many times stronger nodules are in the first round; as asked for after a quarter of the rounds. */
const FIRST_CONTRAST = 2;
/** Share of a round in which the rate rises: the optimiser remembers nothing of the round before. */
const WARM_UP = 0.06;

/**
 * First phase: all parameters, on crops of films that are made while they are learned from, none of them twice; the learning rate falls
 * as a cosine over the rounds.
 * @throws UnicaError as `train`; `engine.data-mismatch` without films
 */
export async function trainNoduleModel(training: NoduleTraining): Promise<NoduleModel> {
  const { spec, sites, rounds } = training;
  if (sites.length === 0 || sites.some((hosts) => hosts.length === 0))
    throw new UnicaError('engine.data-mismatch', { problem: 'a site has no film to put nodules in' });
  let parameters = training.from?.parameters ?? initialParameters(spec, training.stream.seed);
  for (let round = training.from?.rounds ?? 0; round < rounds; round += 1) {
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
    model: { ...spec, rows: CROP_PX, columns: CROP_PX },
    parameters,
    data: noduleCrops(sites[site] ?? [], own, { first: round * filmsAtOnce, count: filmsAtOnce }),
    epochs: 1,
    batchSize: BATCH,
    learningRate: learningRate * rateAt(round / rounds),
    seed: `${own.seed}/${round}`,
    optimiser: { kind: 'adam' },
    schedule: { kind: 'cosine', warmUpEpochs: WARM_UP, end: 0.9 },
    clipNorm: 1,
    workers,
    signal,
  });
}

/** How much stronger than asked for nodules are at so far a share of the rounds: what is plain is learned first (Bengio et al. 2009). */
function easierAt(share: number): number {
  return 1 + (FIRST_CONTRAST - 1) * Math.max(0, 1 - 4 * share);
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

/** Answers for films, one at a time. @throws UnicaError `pilots.model-unfit` when it gives no number, and as `openPredictor` */
export async function noduleAnswers(
  model: NoduleModel,
  pictures: readonly Float32Array[],
): Promise<readonly NoduleAnswer[]> {
  const { spec, parameters, mirrored } = model;
  const predictor = await openPredictor(spec, parameters);
  const length = spec.rows * spec.columns;
  const answerOf = async (image: Float32Array): Promise<NoduleAnswer> => {
    const { probability: found, map } = await predictor.predictAll({ image }, 1);
    const probability = found?.[0];
    if (probability === undefined || !Number.isFinite(probability) || map === undefined)
      throw new UnicaError('pilots.model-unfit', { problem: 'it gave no number for a film' });
    return { probability, map: map.slice() };
  };
  try {
    const answers: NoduleAnswer[] = [];
    for (const picture of pictures) {
      const image = picture.slice(0, length);
      const answer = await answerOf(image);
      if (mirrored !== true) answers.push(answer);
      else answers.push(inBothViews(model, answer.map, (await answerOf(mirror(image, spec.columns))).map));
    }
    return answers;
  } finally {
    await predictor.close();
  }
}

/** The answer from a map and that of the film mirrored: cells by the mean of their log-odds, the whole pooled as in the network. */
function inBothViews(model: NoduleModel, map: Float32Array, mirrored: Float32Array): NoduleAnswer {
  const other = mirror(mirrored, Math.round(Math.sqrt((map.length * model.spec.columns) / model.spec.rows)));
  const cells = Float64Array.from(map, (value, cell) => (logitOf(value) + logitOf(other[cell] as number)) / 2);
  const largest = cells.reduce((most, cell) => Math.max(most, cell), Number.NEGATIVE_INFINITY);
  const pooled = largest + Math.log(cells.reduce((sum, cell) => sum + Math.exp(cell - largest), 0));
  const { scale, offset } = poolingOf(model);
  return { probability: sigmoid(scale * pooled + offset), map: Float32Array.from(cells, sigmoid) };
}

/** [row, column], left for right. */
function mirror(values: Float32Array, columns: number): Float32Array {
  return values.map((_, at) => values[at - (at % columns) + columns - 1 - (at % columns)] as number);
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
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
      const share = sigmoid(scale * value + offset);
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

function poolingOf({ spec, parameters }: NoduleModel): { readonly scale: number; readonly offset: number } {
  const { entries } = parameterTable(spec);
  const of = (wanted: string): number =>
    parameters[entries.find(({ name }) => name === wanted)?.offset ?? -1] ?? Number.NaN;
  return { scale: of('pooled.scale'), offset: of('pooled.offset') };
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
