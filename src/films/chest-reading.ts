import { UnicaError } from '#base';
import type { DicomFile, PixelCodecs } from '#dicom';
import type { ChestLook } from './chest-look.ts';
import { readFilm } from './film.ts';
import { CHEST_FILMS, type GateReason, headerReasons } from './header-gate.ts';
import { type NoduleMark, noduleMarks } from './nodule-marks.ts';
import { isUnlike, pictureDistance } from './picture-gate.ts';
import { type SeenFilm, seenFilm } from './preprocessing.ts';

/** What was made of a film: a score with what speaks against it, or why there is none. Never a number alone. */
export type ChestReading =
  | { readonly kind: 'refused'; readonly reasons: readonly GateReason[] }
  | {
      readonly kind: 'scored';
      readonly probability: number;
      /** Reasons for which the score carries no claim; empty for a film of the kind that was learned from. */
      readonly reasons: readonly GateReason[];
      /** Distance from the films that are known, and the limit; above it a reason says so. */
      readonly distance: number;
      readonly distanceLimit: number;
      /** Probability of each cell of what the network sees, [row, column]. */
      readonly map: Float32Array;
      readonly mapRows: number;
      readonly mapColumns: number;
      /** Places in pixels of the film, the strongest first. */
      readonly marks: readonly NoduleMark[];
      readonly seen: SeenFilm;
    };

/** What a network says of one picture, [row, column], standardised: outputs `probability` and `map`. */
export type ChestAnswer = (picture: Float32Array) => Promise<Readonly<Record<string, Float32Array | undefined>>>;

/** Marks that are told. */
const MOST_MARKS = 5;
/** Probability of a cell below which nothing is marked. */
const LEAST_MARK = 0.05;

/**
 * Reads a film with whatever runs the network, at a node or in a browser: header gate, preprocessing, picture gate, answer, marks.
 * @throws UnicaError `pilots.model-unfit` when the model gives no number; what is wrong with a film is in the reading
 */
export async function readChestFilm(
  file: DicomFile,
  { contract, gate }: ChestLook,
  answer: ChestAnswer,
  codecs: PixelCodecs = {},
): Promise<ChestReading> {
  const header = headerReasons(file.dataset, CHEST_FILMS);
  if (header.some(({ effect }) => effect === 'refused')) return { kind: 'refused', reasons: header };
  const looked = lookedAt(() => seenFilm(readFilm(file, 0, codecs), contract));
  if (looked.kind === 'refused') return { kind: 'refused', reasons: [...header, looked.reason] };
  const { seen } = looked;
  const distance = pictureDistance(gate, seen);
  const unlike: readonly GateReason[] = isUnlike(gate, distance)
    ? [{ effect: 'gated', code: 'unlike', because: 'it looks unlike the films that the model learned from' }]
    : [];
  const { probability: answers, map } = await answer(seen.values);
  const probability = answers?.[0];
  if (probability === undefined || !Number.isFinite(probability) || map === undefined || !map.every(Number.isFinite))
    throw new UnicaError('pilots.model-unfit', { problem: 'it gave no number for a film' });
  const mapColumns = Math.round(Math.sqrt((map.length * seen.columns) / seen.rows));
  return {
    kind: 'scored',
    probability,
    reasons: [...header, ...unlike],
    distance,
    distanceLimit: gate.limit,
    map,
    mapRows: map.length / mapColumns,
    mapColumns,
    marks: noduleMarks(map, seen, MOST_MARKS)
      .filter(({ score }) => score >= LEAST_MARK)
      .map((mark) => onFilm(mark, seen)),
    seen,
  };
}

type Looked =
  | { readonly kind: 'seen'; readonly seen: SeenFilm }
  | { readonly kind: 'refused'; readonly reason: GateReason };

/** Pixels that cannot be used are a finding about the film, not a failure of the reader. */
function lookedAt(look: () => SeenFilm): Looked {
  try {
    return { kind: 'seen', seen: look() };
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    return { kind: 'refused', reason: { effect: 'refused', code: 'pixels', because: error.message } };
  }
}

/** A mark on what the network sees, on the film itself. */
function onFilm(mark: NoduleMark, { box, scale, margin, mirrored, upsideDown, rows, columns }: SeenFilm): NoduleMark {
  const x = mirrored ? columns - mark.x : mark.x;
  const y = upsideDown ? rows - mark.y : mark.y;
  return { x: (x - margin.left) * scale + box.left, y: (y - margin.top) * scale + box.top, score: mark.score };
}
