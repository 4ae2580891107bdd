import { z } from 'zod';
import { UnicaError } from '#base';
import { isWholeGate, type PictureGate } from './picture-gate.ts';
import type { RegionContract } from './preprocessing.ts';

/** How a chest model looks at films: how they are prepared for it, and which it knows. */
export interface ChestLook {
  readonly contract: RegionContract;
  readonly gate: PictureGate;
}

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
 * The parts `preprocessing.json` and `gate.json` of a chest model, as they are kept beside it.
 * @throws UnicaError `pilots.model-unfit` when one is absent or something else
 */
export function chestLookOf(parts: Readonly<Record<string, Uint8Array | undefined>>): ChestLook {
  const contract = contractSchema.safeParse(partOf(parts['preprocessing.json']));
  if (!contract.success)
    throw new UnicaError('pilots.model-unfit', { problem: 'it does not say how films are prepared for it' });
  const gate = pictureGateOf(partOf(parts['gate.json']));
  if (gate === undefined)
    throw new UnicaError('pilots.model-unfit', { problem: 'it does not say which films it knows' });
  return { contract: contract.data, gate };
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
