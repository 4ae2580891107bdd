import { UnicaError } from '#base';
import type { PictureViews } from './picture-views.ts';
import type { PictureGreys } from './tissue-measures.ts';

/** A published architecture with its sizes; what a learning job names. */
export type ModelSpec = ResidualSpec | ExamSpec | NoduleSpec | LinearCoxSpec;

/** A residual network that answers one yes/no question about one picture. */
export interface ResidualSpec {
  /** 8 and 14: the CIFAR family of He et al. 2016 with one or two blocks a stage; 18: that of ImageNet. */
  readonly architecture: 'resnet8' | 'resnet14' | 'resnet18';
  /** Height and width of the square input, in pixels. */
  readonly inputSize: number;
  readonly channels: 1 | 3;
  readonly outputs: 1;
  /** Channels of the stages, three or (resnet18) four; multiples of 16 train fastest. */
  readonly widths: readonly number[];
  /** 2 halves the picture at the first layer, for inputs above about 64 pixels. */
  readonly stemStride: 1 | 2;
  /** How a picture is looked at when the model answers; once, as it is, unless told. */
  readonly views?: PictureViews | undefined;
  /**
   * `batch`: feature maps are normalised by running statistics of the pictures learned from, for a model that learns in one place;
   * unless told each picture by itself in groups of channels.
   */
  readonly normalisation?: 'batch' | undefined;
}

/**
 * A network over an exam of several pictures, any of which may be missing, and what is known of the person. `exam` sees the
 * pictures; `exam-head` what the encoder of an `exam` made of them, so that it learns in seconds what follows.
 */
export interface ExamSpec {
  readonly architecture: 'exam' | 'exam-head';
  /** Places for pictures in an exam, 1 to 8: for mammography R-CC, L-CC, R-MLO, L-MLO. */
  readonly pictures: number;
  /** Pixels of a picture. */
  readonly rows: number;
  readonly columns: number;
  /** Channels of the encoder's four stages. */
  readonly widths: readonly number[];
  /** Facts known of the person, 0 to 32. */
  readonly covariates: number;
  /** Years ahead that risk is told for, 1 to 10. */
  readonly years: number;
  /** Classes of the exam as a whole, such as breast density; 2 to 10. */
  readonly classes: number;
  /** Numbers the aggregator works with; 8 to 256. */
  readonly hidden: number;
  /**
   * How the numbers of a picture are greys. Where it is told, the encoder also measures the tissue with fixed filters, looks for findings
   * on a map of a quarter of the picture's size and learns their places, and risk is read from what has a name: measures,
   * classes, findings and facts.
   */
  readonly greys?: PictureGreys | undefined;
  /**
   * Which of two sides of the body each picture is of, 0 or 1, as many of either: for mammography 0, 1, 0, 1. Where it is told, pictures of
   * one side are put together and held against those of the other before a finding is told of a side, and risk is read from that too.
   * Needs `greys`.
   */
  readonly sides?: readonly number[] | undefined;
}

/** A network that says whether there is a nodule in a picture, and where. */
export interface NoduleSpec {
  readonly architecture: 'nodule';
  /** Of the picture, multiples of 4 from 32 to 1024; of 16 where there are four widths. */
  readonly rows: number;
  readonly columns: number;
  /** Three: channels at the full, the half and the quarter size. Four: at the half, quarter, eighth and sixteenth. */
  readonly widths: readonly number[];
}

/** A log hazard that is linear in what is known of a person, learned by Cox's partial likelihood; it sees no picture. */
export interface LinearCoxSpec {
  readonly architecture: 'linear-cox';
  /** Facts known of the person, 1 to 1024. */
  readonly covariates: number;
}

/** The specification itself when every field is in range. @throws UnicaError `engine.spec-invalid` */
export function checkedSpec<Spec extends ModelSpec>(spec: Spec): Spec {
  if (isExamSpec(spec)) checkExamSpec(spec);
  else if (isNoduleSpec(spec)) checkNoduleSpec(spec);
  else if (isLinearCoxSpec(spec)) checkLinearCoxSpec(spec);
  else checkResidualSpec(spec);
  return spec;
}

/** Whether a model looks for nodules. */
export function isNoduleSpec(spec: ModelSpec): spec is NoduleSpec {
  return spec.architecture === 'nodule';
}

/** Whether a model learns survival from facts alone. */
export function isLinearCoxSpec(spec: ModelSpec): spec is LinearCoxSpec {
  return spec.architecture === 'linear-cox';
}

function checkLinearCoxSpec({ covariates }: LinearCoxSpec): void {
  if (!Number.isInteger(covariates) || covariates < 1 || covariates > 1024)
    wrong('its number of covariates is not a whole number from 1 to 1024');
}

function checkNoduleSpec({ rows, columns, widths }: NoduleSpec): void {
  const step = widths.length === 4 ? 16 : 4;
  for (const side of [rows, columns])
    if (!Number.isInteger(side) || side < 32 || side > 1024 || side % step !== 0)
      wrong(`its height or width is not a multiple of ${step} from 32 to 1024`);
  if (
    (widths.length !== 3 && widths.length !== 4) ||
    widths.some((width) => !Number.isInteger(width) || width < 1 || width > 256)
  )
    wrong('its widths are not 3 or 4 whole numbers from 1 to 256');
}

/** Whether a model looks at exams of several pictures. */
export function isExamSpec(spec: ModelSpec): spec is ExamSpec {
  return spec.architecture === 'exam' || spec.architecture === 'exam-head';
}

function checkExamSpec(spec: ExamSpec): void {
  const demand = (what: string, value: number, least: number, most: number): void => {
    if (!Number.isInteger(value) || value < least || value > most)
      wrong(`${what} is not a whole number from ${least} to ${most}`);
  };
  demand('its number of pictures', spec.pictures, 1, 8);
  demand('its height', spec.rows, 32, 1024);
  demand('its width', spec.columns, 32, 1024);
  if (spec.widths.length !== 4) wrong('its widths are not those of four stages');
  for (const width of spec.widths) demand('a width', width, 4, 512);
  demand('its number of covariates', spec.covariates, 0, 32);
  demand('its number of years', spec.years, 1, 10);
  demand('its number of classes', spec.classes, 2, 10);
  demand('its hidden width', spec.hidden, 8, 256);
  if (spec.sides !== undefined) checkSides(spec, spec.sides);
  if (spec.greys === undefined) return;
  const { mean, spread } = spec.greys;
  if (!(mean >= 0 && mean <= 1 && spread > 0 && spread <= 1)) wrong('its greys do not lie between 0 and 1');
  if (spec.rows % 16 !== 0 || spec.columns % 16 !== 0) wrong('its height or width is not a multiple of 16');
}

function checkSides({ pictures, greys }: ExamSpec, sides: readonly number[]): void {
  if (greys === undefined) wrong('it tells the sides of its pictures and not their greys');
  const of = (side: number) => sides.filter((one) => one === side).length;
  if (sides.length !== pictures || of(0) !== of(1) || of(0) + of(1) !== pictures)
    wrong('the sides of its pictures are not 0 and 1, as many of either');
}

function checkResidualSpec(spec: ResidualSpec): void {
  const stages = { resnet8: 3, resnet14: 3, resnet18: 4 }[spec.architecture];
  if (stages === undefined)
    wrong('its architecture is none of resnet8, resnet14, resnet18, exam, exam-head, nodule, linear-cox');
  if (!Number.isInteger(spec.inputSize) || spec.inputSize < 8 || spec.inputSize > 1024)
    wrong('its input size is not a whole number from 8 to 1024');
  if (spec.channels !== 1 && spec.channels !== 3) wrong('it has neither 1 nor 3 channels');
  if (spec.outputs !== 1) wrong('it does not have exactly one output');
  if (
    spec.widths.length !== stages ||
    spec.widths.some((width) => !Number.isInteger(width) || width < 1 || width > 1024)
  )
    wrong(`its widths are not ${stages} whole numbers from 1 to 1024`);
  if (spec.stemStride !== 1 && spec.stemStride !== 2) wrong('its stem stride is neither 1 nor 2');
  if (spec.normalisation !== undefined && spec.normalisation !== 'batch') wrong('its normalisation is not known');
}

function wrong(problem: string): never {
  throw new UnicaError('engine.spec-invalid', { problem });
}

/** Numbers in one picture of this model. */
export function imageLength({ channels, inputSize }: Pick<ResidualSpec, 'channels' | 'inputSize'>): number {
  return channels * inputSize ** 2;
}
