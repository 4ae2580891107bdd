import { UnicaError } from '#base';
import type { DicomFile, PixelCodecs } from '#dicom';
import { NODULE_MAP_STRIDE, type NoduleSpec, openPredictor } from '#engine';
import { readFilm } from './film.ts';
import { CHEST_FILMS, type GateReason, headerReasons } from './header-gate.ts';
import { isUnlike, type PictureGate, pictureDistance } from './picture-gate.ts';
import { type RegionContract, type SeenFilm, seenFilm } from './preprocessing.ts';
import { type NoduleMark, noduleMarks } from './train-nodule-model.ts';

/** A nodule model with all that belongs to it. */
export interface ChestModel {
  readonly spec: NoduleSpec;
  readonly parameters: Float32Array;
  readonly contract: RegionContract;
  readonly gate: PictureGate;
}

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

/** Reads chest films one after the other. */
export interface ChestReader {
  /** @throws UnicaError for a fault of the machine; what is wrong with a film is in the reading */
  read(file: DicomFile, codecs?: PixelCodecs): Promise<ChestReading>;
  /** Frees the model's memory; whoever opened it calls this. */
  close(): Promise<void>;
}

/** Marks that are told. */
const MOST_MARKS = 5;
/** Probability of a cell below which nothing is marked. */
const LEAST_MARK = 0.05;

/** Loads a nodule model for many films. @throws UnicaError `engine.spec-invalid`, `engine.parameters-mismatch` */
export async function openChestReader(
  model: ChestModel,
  settings: { readonly threads?: number } = {},
): Promise<ChestReader> {
  const { spec } = model;
  const predictor = await openPredictor(spec, model.parameters, settings);
  return {
    async read(file, codecs = {}) {
      const header = headerReasons(file.dataset, CHEST_FILMS);
      if (header.some(({ effect }) => effect === 'refused')) return { kind: 'refused', reasons: header };
      const looked = lookedAt(() => seenFilm(readFilm(file, 0, codecs), model.contract));
      if (looked.kind === 'refused') return { kind: 'refused', reasons: [...header, looked.reason] };
      const { seen } = looked;
      const distance = pictureDistance(model.gate, seen);
      const unlike: readonly GateReason[] = isUnlike(model.gate, distance)
        ? [{ effect: 'gated', code: 'unlike', because: 'it looks unlike the films that the model learned from' }]
        : [];
      const { probability, map = new Float32Array() } = await predictor.predictAll({ image: seen.values }, 1);
      const mapColumns = spec.columns / NODULE_MAP_STRIDE;
      return {
        kind: 'scored',
        probability: probability?.[0] ?? Number.NaN,
        reasons: [...header, ...unlike],
        distance,
        distanceLimit: model.gate.limit,
        map,
        mapRows: map.length / mapColumns,
        mapColumns,
        marks: noduleMarks(map, spec, MOST_MARKS)
          .filter(({ score }) => score >= LEAST_MARK)
          .map((mark) => onFilm(mark, seen)),
        seen,
      };
    },
    close: () => predictor.close(),
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
