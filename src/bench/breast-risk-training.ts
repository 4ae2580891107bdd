import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '#base';
import {
  decodeSafetensors,
  type Examples,
  type ExamSpec,
  encodeSafetensors,
  headOfExam,
  headSpec,
  initialParameters,
  openPredictor,
  parameterTable,
} from '#engine';
import { type Simulation, simulate } from '#learning';
import { BREAST_MODEL, BREAST_PREPROCESSING_SHA256 } from '#pilots';
import type { ScreeningCohort } from './screening-cohort.ts';

/** How the two phases are trained. */
export interface BreastRiskTraining {
  /** Examinations the encoder is learned from, the first of those for training. */
  readonly encoderExams: number;
  /** Rounds that the learning rate is planned over, and after how many of them the encoder is taken. */
  readonly encoderRounds: number;
  readonly encoderStop: number;
  readonly headRounds: number;
  /** Heads that are trained beside one another, with seeds of their own; their spread is the model's interval. */
  readonly heads: number;
  readonly seed: number;
}

/** What the whole campaign and its shipped weights are trained with. */
export const CAMPAIGN_TRAINING: BreastRiskTraining = {
  encoderExams: 8000,
  encoderRounds: 14,
  encoderStop: 7,
  headRounds: 10,
  heads: 4,
  seed: 1,
};

/** Where an examination belongs: by the woman, so that nobody is on two sides. */
export type Part = 'train' | 'tune' | 'test';

/** 55 in 100 women train, 15 tune (recalibration, conformal sets), 30 test. */
export function partOf(womanId: string): Part {
  const share = createHash('sha256').update(`breast-risk/${womanId}`).digest().readUInt32BE(0) / 2 ** 32;
  return share < 0.55 ? 'train' : share < 0.7 ? 'tune' : 'test';
}

/** Places grouped by site, in the order of the sites' names. */
export function bySite(cohort: ScreeningCohort, places: readonly number[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const place of places) {
    const siteId = cohort.records[place]?.site.siteId ?? '';
    const own = groups.get(siteId);
    if (own === undefined) groups.set(siteId, [place]);
    else own.push(place);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Phase one: the whole network by FedAvg over the sites. What was learned is kept below `folder`, and taken from there when it is
 * asked for again.
 */
export async function trainEncoder(
  cohort: ScreeningCohort,
  places: readonly number[],
  {
    training,
    folder,
    onRound,
  }: {
    readonly training: BreastRiskTraining;
    readonly folder: string;
    readonly onRound: (round: number, loss: number | null) => void;
  },
): Promise<Float32Array> {
  const chosen = places.slice(0, training.encoderExams);
  const { encoderExams, encoderRounds, encoderStop, seed } = training;
  const stream = [cohort.records[0]?.seed, BREAST_PREPROCESSING_SHA256];
  const key = sha256Hex(
    JSON.stringify([encoderExams, encoderRounds, seed, chosen.length, BREAST_MODEL, ...stream]),
  ).slice(0, 12);
  await mkdir(folder, { recursive: true });
  const fileOf = (round: number) => join(folder, `encoder-${key}-${round}.safetensors`);
  const kept = await readFile(fileOf(encoderStop)).catch(() => undefined);
  if (kept !== undefined) return decodeSafetensors(kept).parameters;
  const data = await cohort.examples(chosen);
  const at = new Map(chosen.map((place, index) => [place, index]));
  const nodes = [...bySite(cohort, chosen).values()].map((own) => Uint32Array.from(own, (place) => at.get(place) ?? 0));
  const enough = new AbortController();
  let taken: Float32Array | undefined;
  const job: Simulation = {
    model: BREAST_MODEL,
    data,
    nodes,
    strategy: { kind: 'fedavg' },
    rounds: encoderRounds,
    local: { epochs: 1 },
    batchSize: 8,
    learningRate: 1.5e-3,
    schedule: { kind: 'cosine', warmUpRounds: 1, end: 0.1 },
    optimiser: { kind: 'adam' },
    seed,
    workers: 2,
    signal: enough.signal,
    onRound: ({ round, loss, parameters }) => {
      onRound(round, loss);
      if (round !== encoderStop) return;
      taken = parameters;
      enough.abort();
    },
  };
  await simulate(job).catch((error: unknown) => {
    if (taken === undefined) throw error;
  });
  if (taken === undefined) throw new RangeError('the encoder is to be taken after a round that there is');
  await keep(fileOf(encoderStop), taken);
  return taken;
}

async function keep(path: string, parameters: Float32Array): Promise<void> {
  await writeFile(`${path}.part`, encodeSafetensors(parameterTable(BREAST_MODEL), parameters, {}));
  await rename(`${path}.part`, path);
}

/** What the frozen encoder makes of every examination: computed once at each site and kept there. */
export async function cachedFeatures(
  cohort: ScreeningCohort,
  encoder: Float32Array,
  onProgress: (done: number) => void,
): Promise<Examples> {
  const predictor = await openPredictor(BREAST_MODEL, encoder);
  const parts: { readonly inputs: Record<string, Float32Array>; readonly targets: Record<string, Float32Array> }[] = [];
  try {
    for (let first = 0; first < cohort.records.length; first += 256) {
      const places = Array.from({ length: Math.min(256, cohort.records.length - first) }, (_, index) => first + index);
      const { inputs, targets, count } = await cohort.examples(places);
      const { features = new Float32Array() } = await predictor.predictAll(inputs, count);
      const { pictures: _, ...rest } = inputs;
      parts.push({ inputs: { ...rest, features }, targets });
      onProgress(first + count);
    }
  } finally {
    await predictor.close();
  }
  const joined = (side: 'inputs' | 'targets') =>
    Object.fromEntries(
      Object.keys(parts[0]?.[side] ?? {}).map((name) => {
        const numbers = parts.map((part) => part[side][name] ?? new Float32Array());
        const all = new Float32Array(numbers.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const part of numbers) {
          all.set(part, at);
          at += part.length;
        }
        return [name, all];
      }),
    );
  return { count: cohort.records.length, inputs: joined('inputs'), targets: joined('targets') };
}

/** Phase two: aggregator and head over kept features, by FedAvg over the sites given. */
export async function trainHead(
  features: Examples,
  sites: readonly (readonly number[])[],
  {
    encoder,
    rounds,
    seed,
    spec = BREAST_MODEL,
  }: {
    readonly encoder: Float32Array;
    readonly rounds: number;
    readonly seed: number;
    readonly spec?: ExamSpec;
  },
): Promise<Float32Array> {
  const { head } = headOfExam(spec, encoder);
  const { parameters } = await simulate({
    model: headSpec(spec),
    data: features,
    nodes: sites.map((places) => Uint32Array.from(places)),
    // A head that begins where phase one left it, or anew: members of the ensemble are to differ.
    start: seed === 1 ? head : initialParameters(headSpec(spec), seed),
    strategy: { kind: 'fedavg' },
    rounds,
    local: { epochs: 1 },
    batchSize: 32,
    learningRate: 2e-3,
    schedule: { kind: 'cosine', warmUpRounds: 0, end: 0.05 },
    optimiser: { kind: 'adam' },
    seed,
    workers: 1,
  });
  return parameters;
}
