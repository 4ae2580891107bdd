import { z } from 'zod';
import { UnicaError } from '#base';
import type { ModelSpec } from '#engine';
import type { ChestModel } from './chest-reader.ts';
import { isWholeGate, type PictureGate } from './picture-gate.ts';

const number = z.number();
const numbers = z.array(number).min(1).max(2000);

const contractSchema = z.strictObject({
  version: z.literal(2),
  window: z.union([
    z.strictObject({ kind: z.literal('percentiles'), low: number.min(0).max(1), high: number.min(0).max(1) }),
    z.strictObject({ kind: z.enum(['stored-range', 'min-max', 'voi']) }),
  ]),
  polarity: z.literal('dense-bright'),
  crop: z.union([
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.enum(['breast', 'lungs']), marginShare: number.min(0).max(1) }),
  ]),
  orientation: z.enum(['as-stored', 'chest-wall-left', 'viewer']),
  frame: z.strictObject({
    rows: number.int().min(8).max(1024),
    columns: number.int().min(8).max(1024),
    align: z.enum(['left', 'centre']),
  }),
  resize: z.literal('area'),
  standardise: z.strictObject({ mean: number, stdDev: number.positive() }),
});

const gateSchema = z.strictObject({
  format: z.literal('unica-picture-gate/1'),
  mean: numbers,
  stdDev: numbers,
  components: z.array(numbers).max(200),
  variances: numbers,
  restVariance: number.positive(),
  limit: number.positive(),
  fittedOn: number.int(),
  limitFrom: number.int(),
});

/** The largest part that is read: a gate has some hundred thousand characters. */
const LARGEST_PART_BYTES = 4 * 2 ** 20;

/**
 * A stored model as one that reads chest films.
 * @throws UnicaError `pilots.model-unfit` when it is another kind of model or lacks its contract or gate
 */
export function chestModelOf(stored: {
  readonly spec: ModelSpec;
  readonly parameters: Float32Array;
  readonly parts?: Readonly<Record<string, Uint8Array | undefined>> | undefined;
}): ChestModel {
  const { spec, parameters, parts = {} } = stored;
  if (spec.architecture !== 'nodule') throw unfit(`it is a ${spec.architecture}, which does not look for nodules`);
  const contract = contractSchema.safeParse(partOf(parts['preprocessing.json']));
  if (!contract.success) throw unfit('it does not say how films are prepared for it');
  const gate = pictureGateOf(partOf(parts['gate.json']));
  if (gate === undefined) throw unfit('it does not say which films it knows');
  const { rows, columns } = contract.data.frame;
  if (rows !== spec.rows || columns !== spec.columns) throw unfit('films are prepared for it in another size');
  return { spec, parameters, contract: contract.data, gate };
}

/** A gate as it is kept beside a model; undefined where it is none. */
export function pictureGateOf(document: unknown): PictureGate | undefined {
  const gate = gateSchema.safeParse(document);
  return gate.success && isWholeGate(gate.data) ? gate.data : undefined;
}

/** A part of a model that is JSON; undefined where it is none. */
export function partOf(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined || bytes.length > LARGEST_PART_BYTES) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function unfit(problem: string): UnicaError {
  return new UnicaError('pilots.model-unfit', { problem });
}
