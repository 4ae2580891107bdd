import { utf8 } from '#base';
import { encodeSafetensors } from '#engine';
import { fitPictureGate, type PictureGate } from '#films';
import type { StoredModel } from '#models';
import {
  BREAST_MODEL,
  BREAST_PREPROCESSING,
  BREAST_PREPROCESSING_SHA256,
  BREAST_VIEWS,
  type BreastCalibration,
} from '#pilots';
import type { BreastRiskResult } from './breast-risk-campaign.ts';
import { type BreastRiskTraining, partOf, roundsOf } from './breast-risk-training.ts';
import type { ScreeningCohort } from './screening-cohort.ts';

const GATE_EXAMS = 900;
/** One known exam of twenty may have a film that is called unlike: it is refused for one, and has four. */
const FALSE_ALARMS = 0.05 / BREAST_VIEWS.length;
const COVERAGE = 0.9;
/** What the model may be used for, as catalogues of models read it. */
const CARD_HEAD = `---
license: eupl-1.2
tags: [mammography, breast-cancer-risk, federated-learning, synthetic-data, research-use-only]
---
`;

/** Learns which films the model knows, from films of the women it was trained on; the limit from others of them. */
export async function fitBreastGate(cohort: ScreeningCohort): Promise<PictureGate> {
  const places = cohort.records
    .flatMap((record, place) => (partOf(record.womanId) === 'train' && record.views.length > 0 ? [place] : []))
    .slice(0, GATE_EXAMS);
  const { inputs, count } = await cohort.examples(places);
  const { rows, columns } = BREAST_MODEL;
  const pixels = rows * columns;
  const pictures = inputs['pictures'] ?? new Float32Array();
  const mask = inputs['pictureMask'] ?? new Float32Array();
  const seen = Array.from({ length: count * 4 }, (_, at) => at)
    .filter((at) => mask[at] === 1)
    .map((at) => ({ values: pictures.subarray(at * pixels, (at + 1) * pixels), rows, columns }));
  const half = Math.floor(seen.length / 2);
  return fitPictureGate(seen.slice(0, half), seen.slice(half), FALSE_ALARMS);
}

/** What lies beside the weights. */
export function breastParts(
  { calibration, thresholds, heads, figures }: BreastRiskResult,
  {
    gate,
    training,
    report,
  }: { readonly gate: PictureGate; readonly training: BreastRiskTraining; readonly report: string },
): NonNullable<StoredModel['parts']> {
  const said: BreastCalibration = {
    format: 'unica-breast-risk/1',
    preprocessingSha256: BREAST_PREPROCESSING_SHA256,
    trainedOn: `Synthetic screening cohort "cohort" of UNICA, seven virtual sites in one process (simulation of the federation): FedAvg, ${roundsOf(training, figures.exams.train)} with lesions put into some of them, then ${training.headRounds} rounds of each of ${training.heads} heads over kept features, of the exams as they are and with other lesions put in. No real person. Not for any decision about a person.`,
    ...calibration,
    shifts: { ...calibration.shifts },
    intercepts: [...calibration.intercepts],
    density: { coverage: COVERAGE, thresholds: { ...thresholds } },
  };
  return {
    'preprocessing.json': jsonBytes(BREAST_PREPROCESSING),
    'calibration.json': jsonBytes(said),
    'gate.json': utf8(JSON.stringify(gate)),
    'heads.safetensors': headsFile(heads),
    'card.md': utf8(`${CARD_HEAD}${report}`),
  };
}

function headsFile(heads: readonly Float32Array[]): Uint8Array {
  const size = heads[0]?.length ?? 0;
  const numbers = new Float32Array(heads.length * size);
  for (const [member, head] of heads.entries()) numbers.set(head, member * size);
  const entry = { name: 'heads', shape: [heads.length, size], offset: 0, size: numbers.length };
  return encodeSafetensors({ entries: [entry], total: numbers.length }, numbers, {});
}

function jsonBytes(document: object): Uint8Array {
  return utf8(`${JSON.stringify(document, null, 2)}\n`);
}
