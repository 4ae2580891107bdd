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
  networkOf,
  openPredictor,
  parameterTable,
} from '#engine';
import { type Simulation, simulate } from '#learning';
import { BREAST_ENCODER, BREAST_MODEL, BREAST_PREPROCESSING_SHA256, BREAST_VIEWS } from '#pilots';
import type { ScreeningCohort } from './screening-cohort.ts';

/** How the two phases are trained. */
export interface BreastRiskTraining {
  /** Examinations the encoder is learned from, the first of those for training. */
  readonly encoderExams: number;
  /** Rounds that the learning rate is planned over, and after how many of them the encoder is taken. */
  readonly encoderRounds: number;
  readonly encoderStop: number;
  /**
   * Rounds that the encoder learns further, from what it knew then, its rate raised again (Loshchilov & Hutter 2017), with other
   * lesions put into other breasts, and over how many examinations at most.
   */
  readonly furtherRounds: number;
  readonly furtherExams: number;
  readonly headRounds: number;
  /** Heads that are trained beside one another, with seeds of their own; their spread is the model's interval. */
  readonly heads: number;
  readonly seed: number;
}

/** What the whole campaign and its shipped weights are trained with. */
export const CAMPAIGN_TRAINING: BreastRiskTraining = {
  encoderExams: 8000,
  encoderRounds: 8,
  encoderStop: 8,
  furtherRounds: 8,
  furtherExams: 12_000,
  headRounds: 10,
  heads: 4,
  seed: 1,
};

/** The rounds of the encoder, as reports tell them. @param train examinations that there are to train */
export function roundsOf(
  { encoderStop, encoderExams, furtherRounds, furtherExams }: BreastRiskTraining,
  train: number,
): string {
  const first = `${encoderStop} rounds of the encoder over ${encoderExams} of the exams to train`;
  const further = ` and, with the rate raised again and other lesions, ${furtherRounds} rounds over ${Math.min(furtherExams, train)} of them`;
  return furtherRounds === 0 ? first : `${first}${further}`;
}

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
 * Phase one: the whole network by FedAvg over the sites, and once more from there. What was learned is kept below `folder`, and taken from
 * there when it is asked for again.
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
  await mkdir(folder, { recursive: true });
  const { encoderExams, encoderRounds, encoderStop, furtherRounds, furtherExams, seed } = training;
  const stream = [cohort.records[0]?.seed, BREAST_PREPROCESSING_SHA256];
  const keyOf = (exams: number, rounds: number, chosen: readonly number[], ...more: readonly number[]) =>
    sha256Hex(JSON.stringify([exams, rounds, seed, chosen.length, BREAST_ENCODER, ...stream, ...more])).slice(0, 12);
  const first = places.slice(0, encoderExams);
  const firstKey = keyOf(encoderExams, encoderRounds, first);
  const taught = await pass(cohort, first, {
    file: (round) => join(folder, `encoder-${firstKey}-${round}.safetensors`),
    ...{ rounds: encoderRounds, stop: encoderStop, findings: String(seed), seed, onRound },
    ...{ learningRate: 1.5e-3, warmUpRounds: 1, end: 0.1 },
  });
  if (furtherRounds === 0) return taught;
  const all = places.slice(0, furtherExams);
  const furtherKey = keyOf(furtherExams, furtherRounds, all, encoderExams, encoderRounds, encoderStop);
  return await pass(cohort, all, {
    file: (round) => join(folder, `encoder-${furtherKey}-further-${round}.safetensors`),
    ...{ rounds: furtherRounds, stop: furtherRounds, findings: `${seed}/further`, seed: seed + 1000, start: taught },
    ...{ learningRate: 1.2e-3, warmUpRounds: 0, end: 0.03 },
    onRound: (round, loss) => onRound(encoderStop + round, loss),
  });
}

/** One schedule of the encoder's learning; what each of its rounds gave is kept. */
async function pass(
  cohort: ScreeningCohort,
  chosen: readonly number[],
  plan: {
    readonly file: (round: number) => string;
    readonly start?: Float32Array;
    readonly rounds: number;
    readonly stop: number;
    readonly findings: string;
    readonly seed: number;
    readonly learningRate: number;
    readonly warmUpRounds: number;
    readonly end: number;
    readonly onRound: (round: number, loss: number | null) => void;
  },
): Promise<Float32Array> {
  const kept = await readFile(plan.file(plan.stop)).catch(() => undefined);
  if (kept !== undefined) return decodeSafetensors(kept).parameters;
  const data = await cohort.examples(chosen, { findings: plan.findings });
  const at = new Map(chosen.map((place, index) => [place, index]));
  const nodes = [...bySite(cohort, chosen).values()].map((own) => Uint32Array.from(own, (place) => at.get(place) ?? 0));
  const enough = new AbortController();
  let taken: Float32Array | undefined;
  const writing: Promise<void>[] = [];
  const job: Simulation = {
    ...{ model: BREAST_ENCODER, data, nodes, start: plan.start, rounds: plan.rounds, seed: plan.seed },
    strategy: { kind: 'fedavg' },
    local: { epochs: 1 },
    batchSize: 8,
    learningRate: plan.learningRate,
    schedule: { kind: 'cosine', warmUpRounds: plan.warmUpRounds, end: plan.end },
    optimiser: { kind: 'adam' },
    workers: 2,
    signal: enough.signal,
    onRound: ({ round, loss, parameters }) => {
      plan.onRound(round, loss);
      writing.push(keep(plan.file(round), parameters));
      if (round !== plan.stop) return;
      taken = parameters;
      enough.abort();
    },
  };
  await simulate(job).catch((error: unknown) => {
    if (taken === undefined) throw error;
  });
  await Promise.all(writing);
  if (taken === undefined) throw new RangeError('the encoder is to be taken after a round that there is');
  return taken;
}

async function keep(path: string, parameters: Float32Array): Promise<void> {
  await writeFile(`${path}.part`, encodeSafetensors(parameterTable(BREAST_ENCODER), parameters, {}));
  await rename(`${path}.part`, path);
}

/**
 * What the frozen encoder makes of every examination: computed once at each site and kept there, here below `folder` under the digests of
 * encoder and stream.
 */
export async function cachedFeatures(
  cohort: ScreeningCohort,
  encoder: Float32Array,
  options: { readonly folder: string; readonly onProgress: (done: number) => void },
): Promise<Examples> {
  const facts = cohort.facts();
  const places = cohort.records.map((_, place) => place);
  const seen = await keptFeatures(cohort, encoder, { ...options, places });
  return { count: places.length, inputs: { ...facts.inputs, features: seen.features }, targets: facts.targets };
}

/**
 * The same of some examinations with lesions put into their breasts, as phase one saw them but others: heads learn from them what a finding is,
 * and not what became of the women.
 */
export async function taughtFeatures(
  cohort: ScreeningCohort,
  encoder: Float32Array,
  options: {
    readonly places: readonly number[];
    readonly findings: string;
    readonly folder: string;
    readonly onProgress: (done: number) => void;
  },
): Promise<Examples> {
  const { places } = options;
  const facts = cohort.facts();
  const pick = (all: Readonly<Record<string, Float32Array>>) =>
    Object.fromEntries(
      Object.entries(all).map(([name, values]) => {
        const length = values.length / cohort.records.length;
        const own = new Float32Array(places.length * length);
        for (const [at, place] of places.entries())
          own.set(values.subarray(place * length, (place + 1) * length), at * length);
        return [name, own];
      }),
    );
  const { features, finding } = await keptFeatures(cohort, encoder, options);
  const targets: Record<string, Float32Array> = { ...pick(facts.targets), finding };
  targets['known']?.fill(0);
  targets['findingKnown']?.fill(1);
  return { count: places.length, inputs: { ...pick(facts.inputs), features }, targets };
}

/** Features of examinations, and which of their views have a finding, out of the file or made and put there. */
async function keptFeatures(
  cohort: ScreeningCohort,
  encoder: Float32Array,
  {
    places,
    findings,
    folder,
    onProgress,
  }: {
    readonly places: readonly number[];
    readonly findings?: string;
    readonly folder: string;
    readonly onProgress: (done: number) => void;
  },
): Promise<{ readonly features: Float32Array; readonly finding: Float32Array }> {
  const count = places.length;
  const learned = sha256Hex(new Uint8Array(encoder.buffer, encoder.byteOffset, encoder.byteLength));
  const told = findings === undefined ? [] : [findings, places];
  const key = sha256Hex(JSON.stringify([learned, BREAST_PREPROCESSING_SHA256, BREAST_ENCODER, ...told])).slice(0, 12);
  const path = join(folder, `features-${cohort.records[0]?.seed}-${count}-${key}.f32`);
  const views = BREAST_VIEWS.length;
  const length = views * (networkOf(headSpec(BREAST_ENCODER)).inputs[0]?.shape[1] ?? 0);
  const total = count * (length + (findings === undefined ? 0 : views));
  const kept = await readFile(path).catch(() => undefined);
  const all = kept === undefined ? new Float32Array(total) : new Float32Array(Uint8Array.from(kept).buffer);
  if (all.length !== total) throw new RangeError(`${path} holds other features; delete it`);
  const parts = { features: all.subarray(0, count * length), finding: all.subarray(count * length) };
  if (kept !== undefined) return parts;
  const predictor = await openPredictor(BREAST_ENCODER, encoder);
  try {
    for (let first = 0; first < count; first += 256) {
      const some = places.slice(first, first + 256);
      const { inputs, targets } = await cohort.examples(some, findings === undefined ? {} : { findings });
      const { features = new Float32Array() } = await predictor.predictAll(inputs, some.length);
      parts.features.set(features, first * length);
      if (findings !== undefined) parts.finding.set(targets['finding'] ?? [], first * views);
      onProgress(first + some.length);
    }
  } finally {
    await predictor.close();
  }
  await writeFile(`${path}.part`, new Uint8Array(all.buffer));
  await rename(`${path}.part`, path);
  return parts;
}

/** Examinations, and others behind them. */
export function followedBy(one: Examples, other: Examples): Examples {
  const both = (a: Examples['inputs'], b: Examples['inputs']) =>
    Object.fromEntries(
      Object.entries(a).map(([name, values]) => {
        const more = b[name] ?? new Float32Array();
        const all = new Float32Array(values.length + more.length);
        all.set(values);
        all.set(more, values.length);
        return [name, all];
      }),
    );
  return {
    count: one.count + other.count,
    inputs: both(one.inputs, other.inputs),
    targets: both(one.targets, other.targets),
  };
}

/**
 * Phase two: aggregator and head over kept features, by FedAvg over the sites given.
 * @param encoder all parameters as phase one left them
 */
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
    start: headStart(spec, head, seed),
    strategy: { kind: 'fedavg' },
    rounds,
    local: { epochs: 1 },
    batchSize: 256,
    learningRate: 1.5e-2,
    schedule: { kind: 'cosine', warmUpRounds: 0, end: 0.05 },
    optimiser: { kind: 'adamw', weightDecay: 0.1 },
    seed,
    workers: 1,
  });
  return parameters;
}

/** A head that knows density and findings of views as phase one left them, and nothing yet of breasts and risk: members of the ensemble differ in that. */
function headStart(spec: ExamSpec, learned: Float32Array, seed: number): Float32Array {
  const start = learned.slice();
  const fresh = initialParameters(headSpec(spec), seed);
  for (const { name, offset, size } of parameterTable(headSpec(spec)).entries)
    if (name.startsWith('risk.') || name.startsWith('sides.')) start.set(fresh.subarray(offset, offset + size), offset);
  return start;
}
