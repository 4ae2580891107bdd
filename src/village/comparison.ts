import { UnicaError } from '#base';
import {
  accuracy,
  aucInterval,
  examplesOf,
  expectedCalibrationError,
  initialParameters,
  type LabelledImages,
  type ModelSpec,
  runTrainer,
} from '#engine';
import type { JobSpec } from '#wire';

/** How well a model tells held-out films apart. */
export interface HeldOutScores {
  readonly auc: number;
  /** 95 % interval (DeLong 1988). */
  readonly aucLow: number;
  readonly aucHigh: number;
  readonly accuracy: number;
  /** Expected calibration error, ten bins. */
  readonly ece: number;
}

/** The federated model beside what each hospital reaches alone, and beside all films in one place. */
export interface Comparison {
  readonly federated: HeldOutScores;
  readonly localOnly: readonly (HeldOutScores & { readonly siteId: string; readonly samples: number })[];
  readonly pooled: HeldOutScores & { readonly samples: number };
  readonly testSamples: number;
}

/** What is compared, on what. */
export interface ComparisonSettings {
  readonly job: JobSpec;
  /** Weights of the federated model. */
  readonly federated: Float32Array;
  /** Each node's training films. */
  readonly nodes: readonly { readonly siteId: string; readonly films: LabelledImages }[];
  readonly heldOut: LabelledImages;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/**
 * Trains one model on each node's films alone and one on all of them together, from the same first weights and for as many
 * epochs as the federation had, and scores all on the held-out films. Only a village can do this: it holds all films.
 */
export async function compareModels(settings: ComparisonSettings): Promise<Comparison> {
  const { job, nodes, heldOut, federated } = settings;
  const scoresOf = async (parameters: Float32Array): Promise<HeldOutScores> =>
    heldOutScores(job.model, parameters, heldOut);
  const localOnly: (HeldOutScores & { readonly siteId: string; readonly samples: number })[] = [];
  for (const { siteId, films } of nodes) {
    const parameters = await trainAlone(settings, films, siteId);
    localOnly.push({ siteId, samples: films.count, ...(await scoresOf(parameters)) });
  }
  const all = together(nodes.map(({ films }) => films));
  const pooled = await trainAlone(settings, all, 'all films together');
  return {
    federated: await scoresOf(federated),
    localOnly,
    pooled: { samples: all.count, ...(await scoresOf(pooled)) },
    testSamples: heldOut.count,
  };
}

/** Scores a model on films it has not seen. @throws UnicaError `village.too-few` where a class is missing. */
async function heldOutScores(spec: ModelSpec, parameters: Float32Array, films: LabelledImages): Promise<HeldOutScores> {
  const { images, count } = films;
  const scores = await runTrainer({ kind: 'predict', model: spec, parameters, inputs: { image: images }, count });
  const interval = aucInterval(films.labels, scores);
  if (interval === null) throw new UnicaError('village.held-out-one-sided');
  return {
    auc: interval.auc,
    aucLow: interval.low,
    aucHigh: interval.high,
    accuracy: accuracy(films.labels, scores),
    ece: expectedCalibrationError(films.labels, scores),
  };
}

async function trainAlone(settings: ComparisonSettings, data: LabelledImages, what: string): Promise<Float32Array> {
  const { job, signal, onProgress } = settings;
  const epochs = job.rounds * job.localEpochs;
  const result = await runTrainer(
    {
      kind: 'train',
      model: job.model,
      parameters: initialParameters(job.model, job.seed),
      data: examplesOf(data),
      epochs,
      batchSize: job.batchSize,
      learningRate: job.learningRate,
      seed: job.seed,
      optimiser: job.optimiser,
    },
    {
      signal,
      onProgress: (progress) => {
        if (progress.kind !== 'checkpoint') onProgress(`training on ${what}: epoch ${progress.epoch} of ${epochs}`);
      },
    },
  );
  return result.parameters;
}

function together(parts: readonly LabelledImages[]): LabelledImages {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const images = new Float32Array(parts.reduce((sum, part) => sum + part.images.length, 0));
  const labels = new Float32Array(count);
  let imageOffset = 0;
  let labelOffset = 0;
  for (const part of parts) {
    images.set(part.images, imageOffset);
    labels.set(part.labels, labelOffset);
    imageOffset += part.images.length;
    labelOffset += part.count;
  }
  return { images, labels, count };
}
