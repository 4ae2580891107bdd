import { UnicaError } from '#base';
import type { ExamSpec, NoduleSpec, ResidualSpec } from '#engine';
import { CHEST_CONTRACT, type PreprocessingContract, preprocessingDigest, type WholeFilmContract } from '#films';
import { BREAST_MODEL, BREAST_PREPROCESSING, BREAST_PREPROCESSING_SHA256 } from './breast-risk.ts';
import type { NoduleSettings } from './nodule-task.ts';

/** What a learning job can be about: which films mean yes, what the network sees of a film, which network. */
export interface ImagingTask {
  /** As a job names it. */
  readonly name: string;
  readonly title: string;
  /** Pixels a side of what the network sees. */
  readonly inputSize: number;
  readonly model: ResidualSpec | NoduleSpec | ExamSpec;
  /** What a hospital of a few hundred films learns it well with, in each round; a job may say otherwise. */
  readonly training: {
    readonly localEpochs: number;
    readonly batchSize: number;
    /** For Adam. */
    readonly learningRate: number;
  };
  /** Findings of the clinical table that make the label 1, in lower case. */
  readonly positiveFindings: ReadonlySet<string>;
  readonly preprocessing: PreprocessingContract;
  /** Digest of {@link preprocessing}, for the model card. */
  readonly preprocessingSha256: string;
  /** What is put into films without a finding while they are learned from; labels then come from it, not from the table. */
  readonly nodules?: NoduleSettings | undefined;
  /** The films of a study are one example, each in its place (see `breastInputs`), and any of them may be missing. */
  readonly isExam?: boolean | undefined;
}

/**
 * Findings that show as an opacity of the lung: the labels of NIH ChestX-ray14 (Wang et al. 2017) whose sign is added
 * density in the lung field, the label of the synthetic films, and the words hospitals use for the same.
 */
const LUNG_OPACITIES: ReadonlySet<string> = new Set([
  'opacity',
  'lung opacity',
  'infiltration',
  'infiltrate',
  'consolidation',
  'pneumonia',
  'atelectasis',
  'mass',
  'nodule',
  'effusion',
  'edema',
  'pulmonary edema',
]);

const WIDTHS = [16, 32, 64] as const;

/** Every task of this version. */
export const TASKS: readonly ImagingTask[] = [
  taskOf('chest-opacity', 'Opacity on a chest film', {
    size: 64,
    stemStride: 2,
    // Measured on 608 synthetic films in 8 epochs: validation AUC 0.99 in steps of 16 films, 0.93 in steps of 32.
    training: { localEpochs: 4, batchSize: 16, learningRate: 1e-3 },
    window: { kind: 'percentiles', low: 0.005, high: 0.995 },
  }),
  taskOf('chest-28', 'Opacity on a chest film of 28 × 28 pixels (MedMNIST)', {
    size: 28,
    stemStride: 1,
    training: { localEpochs: 2, batchSize: 32, learningRate: 1e-3 },
    window: { kind: 'stored-range' },
  }),
  {
    name: 'chest-nodule',
    title: 'Nodule on a chest film, learned from nodules put into normal films',
    inputSize: CHEST_CONTRACT.frame.rows,
    model: {
      architecture: 'nodule',
      rows: CHEST_CONTRACT.frame.rows,
      columns: CHEST_CONTRACT.frame.columns,
      widths: [8, 16, 32],
    },
    training: { localEpochs: 1, batchSize: 8, learningRate: 2e-3 },
    positiveFindings: new Set(),
    preprocessing: CHEST_CONTRACT,
    preprocessingSha256: preprocessingDigest(CHEST_CONTRACT),
    nodules: { diameterMm: [7, 30], contrast: [1, 6], contract: CHEST_CONTRACT },
  },
  {
    name: 'breast-risk',
    title: 'Breast cancer within five years of a screening exam',
    inputSize: BREAST_MODEL.rows,
    model: BREAST_MODEL,
    training: { localEpochs: 1, batchSize: 8, learningRate: 1.5e-3 },
    positiveFindings: new Set(['breast cancer']),
    preprocessing: BREAST_PREPROCESSING,
    preprocessingSha256: BREAST_PREPROCESSING_SHA256,
    isExam: true,
  },
];

/** The task of a name. @throws UnicaError `pilots.unknown-task` */
export function taskByName(name: string): ImagingTask {
  const task = TASKS.find((candidate) => candidate.name === name);
  if (task === undefined) {
    throw new UnicaError('pilots.unknown-task', { task: name, known: TASKS.map((known) => known.name).join(', ') });
  }
  return task;
}

/** 1 when one of the findings is what the task looks for, else 0. Upper and lower case count alike. */
export function labelOf(findings: readonly string[], task: ImagingTask): 0 | 1 {
  return findings.some((finding) => task.positiveFindings.has(finding.trim().toLowerCase())) ? 1 : 0;
}

/** What a nodule model looks for, by the labels of NIH ChestX-ray14 and the words that hospitals use. */
const LUNG_NODULES: ReadonlySet<string> = new Set([
  'nodule',
  'mass',
  'lung nodule',
  'lung mass',
  'pulmonary nodule',
  'pulmonary mass',
  'lung cancer',
]);

/**
 * Whether the clinical table found what a model of the task looks for. One that learns from nodules put into normal films has no label in
 * the table ({@link labelOf}); what it looks for can stand there all the same.
 */
export function isSoughtFound(findings: readonly string[], task: ImagingTask): boolean {
  const sought = task.nodules === undefined ? task.positiveFindings : LUNG_NODULES;
  return findings.some((finding) => sought.has(finding.trim().toLowerCase()));
}

function taskOf(
  name: string,
  title: string,
  shape: {
    readonly size: number;
    readonly stemStride: 1 | 2;
    readonly training: ImagingTask['training'];
    readonly window: WholeFilmContract['window'];
  },
): ImagingTask {
  const preprocessing: PreprocessingContract = {
    version: 1,
    window: shape.window,
    polarity: 'dense-bright',
    frame: 'pad-to-square',
    resize: 'area',
    size: shape.size,
    standardise: { mean: 0.5, stdDev: 0.5 },
  };
  return {
    name,
    title,
    inputSize: shape.size,
    model: {
      architecture: 'resnet8',
      inputSize: shape.size,
      channels: 1,
      outputs: 1,
      widths: WIDTHS,
      stemStride: shape.stemStride,
    },
    training: shape.training,
    positiveFindings: LUNG_OPACITIES,
    preprocessing,
    preprocessingSha256: preprocessingDigest(preprocessing),
  };
}
