import type { Permit } from '#access';
import { hmacSha256, UnicaError, utf8 } from '#base';
import type { Cohort, Member } from '#consent';
import { type LabelledImages, runTrainer, scoreHistogram } from '#engine';
import { type Releasable, releaseHistogram, releaseMetrics, releaseUpdate } from '#privacy';
import type { JobSpec, SiteRound } from '#wire';
import { encodeParameters } from './update-file.ts';

/** A film ready to learn from. */
export interface Film {
  /** [channel, row, column], standardised. */
  readonly image: Float32Array;
  readonly label: 0 | 1;
}

/** What a site's round made: sealed, because it is to leave. */
export interface LocalRound {
  /** The change of the parameters as it travels. */
  readonly update: Releasable<Float32Array>;
  readonly file: Uint8Array;
  readonly metrics: SiteRound;
}

const HISTOGRAM_BINS = 50;
/** One person in so many is kept for validation, and never learned from. */
const VALIDATION_SHARE = 0.15;

/** The same person is always on the same side, whatever the job; no list has to be kept. */
export function isValidation(person: string): boolean {
  const digest = hmacSha256(utf8('unica validation split v1'), person);
  return ((digest[0] ?? 0) * 256 + (digest[1] ?? 0)) / 65_536 < VALIDATION_SHARE;
}

/**
 * One round at a site: the received model is scored on the validation people, trained on the others, and the change of
 * its parameters released. The permit and everybody's opt-out are checked at the start and again before anything is
 * released.
 * @throws UnicaError `learning.permit-over`, `learning.cohort-changed`, `privacy.too-few-people`, and the trainer's.
 */
export async function trainRound<M extends Member>(round: {
  readonly permit: Permit;
  readonly cohort: Cohort<M>;
  readonly spec: JobSpec;
  readonly siteId: string;
  readonly number: number;
  readonly weights: Float32Array;
  /** The film of a member; null where it cannot be used (not decodable, no label). */
  readonly load: (member: M) => Promise<Film | null>;
  readonly workers: number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}): Promise<LocalRound> {
  const { spec, cohort, permit, weights } = round;
  checkStanding(permit, cohort);
  const startedMs = round.nowMs();
  const training = await labelled(cohort, (member) => !isValidation(member.person), round);
  const validation = await labelled(cohort, (member) => isValidation(member.person), round);
  if (training.data.count === 0) throw new UnicaError('learning.nothing-to-learn', { task: spec.task });
  const evaluated = await evaluate(spec, weights, validation.data, round.signal);
  const trained = await runTrainer(
    {
      kind: 'train',
      spec: spec.model,
      parameters: weights,
      data: training.data,
      epochs: spec.localEpochs,
      batchSize: spec.batchSize,
      learningRate: spec.learningRate,
      seed: `${spec.seed}/${round.siteId}/${round.number}`,
      optimiser: spec.optimiser,
      workers: round.workers,
    },
    { signal: round.signal },
  );
  checkStanding(permit, cohort);
  const change = trained.parameters.map((value, index) => value - (weights[index] ?? 0));
  const update = releaseUpdate(change, { expectedLength: weights.length, people: training.people });
  const file = encodeParameters(spec.model, update.value);
  const metrics = releaseMetrics(
    { loss: trained.epochs.at(-1)?.loss ?? 0, seconds: (round.nowMs() - startedMs) / 1000 },
    training.people,
  );
  return {
    update,
    file,
    metrics: { ...metrics.value, samples: training.data.count, bytesOut: file.length, validation: evaluated },
  };
}

function checkStanding(permit: Permit, cohort: Cohort<Member>): void {
  if (!permit.isCurrent()) throw new UnicaError('learning.permit-over');
  if (!cohort.isCurrent()) throw new UnicaError('learning.cohort-changed');
}

async function labelled<M extends Member>(
  cohort: Cohort<M>,
  fits: (member: M) => boolean,
  {
    spec,
    load,
    signal,
  }: { readonly spec: JobSpec; readonly load: (member: M) => Promise<Film | null>; readonly signal: AbortSignal },
): Promise<{ readonly data: LabelledImages; readonly people: number }> {
  const films: Film[] = [];
  const people = new Set<string>();
  for (const member of cohort.narrow(fits).members) {
    signal.throwIfAborted();
    const film = await load(member);
    if (film === null) continue;
    films.push(film);
    people.add(member.person);
  }
  const length = spec.model.channels * spec.model.inputSize ** 2;
  const images = new Float32Array(films.length * length);
  for (const [index, film] of films.entries()) images.set(film.image, index * length);
  return {
    data: { images, labels: Float32Array.from(films, (film) => film.label), count: films.length },
    people: people.size,
  };
}

async function evaluate(
  spec: JobSpec,
  parameters: Float32Array,
  data: LabelledImages,
  signal: AbortSignal,
): Promise<SiteRound['validation']> {
  if (data.count === 0) return null;
  const scores = await runTrainer(
    { kind: 'predict', spec: spec.model, parameters, images: data.images, count: data.count },
    { signal },
  );
  const histogram = releaseHistogram(scoreHistogram(data.labels, scores, HISTOGRAM_BINS));
  if (histogram === null) return null;
  const loss = scores.reduce((sum, score, index) => sum + crossEntropy(score, data.labels[index] ?? 0), 0) / data.count;
  return {
    loss,
    samples: data.count,
    histogram: { negative: [...histogram.value.negative], positive: [...histogram.value.positive] },
  };
}

function crossEntropy(score: number, label: number): number {
  const probability = Math.min(1 - 1e-7, Math.max(1e-7, label === 1 ? score : 1 - score));
  return -Math.log(probability);
}
