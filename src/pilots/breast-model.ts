import { z } from 'zod';
import { UnicaError } from '#base';
import { decodeSafetensors, type ExamSpec, headSpec, isExamSpec, type ModelSpec, parameterTable } from '#engine';
import { type PictureGate, partOf, pictureGateOf } from '#films';
import {
  BREAST_COVARIATES,
  BREAST_MODEL,
  BREAST_PREPROCESSING_SHA256,
  BREAST_VIEWS,
  DENSITY_GRADES,
  RISK_YEARS,
} from './breast-risk.ts';
import type { RiskCalibration } from './recalibration.ts';

const share = z.number().min(0).max(1);
const finite = z.number().min(-50).max(50);

/** `calibration.json` of a breast-risk model: what stands between the weights and what is told. */
export const breastCalibrationSchema = z.strictObject({
  format: z.literal('unica-breast-risk/1'),
  /** How films were prepared: the digest of the contract it was learned under. */
  preprocessingSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** From what, by whom and how it was learned, in words. */
  trainedOn: z.string().min(1).max(1000),
  slope: z.number().min(0.05).max(20),
  intercepts: z.array(finite).length(RISK_YEARS),
  /** By the name of the site. */
  shifts: z.record(z.string().max(64), finite),
  /** Thresholds of the sets of density classes, by site and for `all`, and the share of sets that hold the truth. */
  density: z.strictObject({ coverage: share, thresholds: z.record(z.string().max(64), share) }),
});

/** What stands between the weights and what is told. */
export type BreastCalibration = z.infer<typeof breastCalibrationSchema>;

/** A breast-risk model with all that belongs to it. */
export interface BreastModel {
  readonly spec: ExamSpec;
  readonly parameters: Float32Array;
  /** Members of the ensemble, parameters of the head over the one encoder. */
  readonly heads: readonly Float32Array[];
  readonly calibration: RiskCalibration & BreastCalibration;
  /** Which films it knows. */
  readonly gate: PictureGate;
}

/**
 * A stored model as one that reads screening exams.
 * @throws UnicaError `pilots.model-unfit` when it is another kind of model or lacks a part
 */
export function breastModelOf(stored: {
  readonly spec: ModelSpec;
  readonly parameters: Float32Array;
  readonly parts?: Readonly<Record<string, Uint8Array | undefined>> | undefined;
}): BreastModel {
  const { spec, parameters, parts = {} } = stored;
  if (!isExamSpec(spec) || spec.architecture !== 'exam')
    throw unfit(`it is a ${spec.architecture}, which reads no exams`);
  const fits =
    spec.rows === BREAST_MODEL.rows &&
    spec.columns === BREAST_MODEL.columns &&
    spec.pictures === BREAST_VIEWS.length &&
    spec.covariates === BREAST_COVARIATES.length &&
    spec.years === RISK_YEARS &&
    spec.classes === DENSITY_GRADES.length;
  if (!fits) throw unfit('its pictures, views, covariates, years or classes are not those of screening exams');
  const calibration = breastCalibrationSchema.safeParse(partOf(parts['calibration.json']));
  if (!calibration.success) throw unfit('it does not say how its risks are calibrated');
  if (calibration.data.preprocessingSha256 !== BREAST_PREPROCESSING_SHA256)
    throw unfit('it was learned from films that were prepared in another way');
  const gate = pictureGateOf(partOf(parts['gate.json']));
  if (gate === undefined) throw unfit('it does not say which films it knows');
  return { spec, parameters, heads: headsOf(spec, parts['heads.safetensors']), calibration: calibration.data, gate };
}

function headsOf(spec: ExamSpec, bytes: Uint8Array | undefined): readonly Float32Array[] {
  if (bytes === undefined) throw unfit('its heads are missing');
  const { parameters } = decodeSafetensors(bytes);
  const { total } = parameterTable(headSpec(spec));
  const count = parameters.length / total;
  if (!Number.isInteger(count) || count < 1 || count > 50) throw unfit('its heads are of another model');
  return Array.from({ length: count }, (_, member) => parameters.slice(member * total, (member + 1) * total));
}

function unfit(problem: string): UnicaError {
  return new UnicaError('pilots.model-unfit', { problem });
}
