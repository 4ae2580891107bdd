import type { ChestReading } from '#films';
import { imageOfDataSet, type ModelResult, type ResultMap, type ResultModel, studyOfDataSet } from '#results';
import { reckonedAt } from './reckoned-at.ts';
import { type GivenFilm, resultInputs } from './result-inputs.ts';

type Scored = Extract<ChestReading, { readonly kind: 'scored' }>;

/**
 * What a chest model said of a film, as the result that is written down for a clinic. A film that the gates speak against
 * has no score there but their reason.
 * @param by.isFaithful false where a gate found that the model's map does not follow it (decision 101)
 */
export function chestResult(
  film: GivenFilm,
  reading: ChestReading,
  by: { readonly model: ResultModel; readonly isFaithful: boolean },
  now: Date,
): ModelResult {
  const { model, isFaithful } = by;
  const { dataset } = film;
  const image = imageOfDataSet(dataset);
  const [first] = reading.reasons;
  const common = {
    task: 'chest-nodule',
    study: studyOfDataSet(dataset),
    inputsSha256: resultInputs([film]),
    model,
    reckoned: reckonedAt(dataset, now),
  } as const;
  if (first !== undefined || reading.kind === 'refused') {
    const says = `${reading.reasons.map(({ because }) => because).join('; ')}.`;
    return { ...common, images: [image], outcome: { kind: 'refused', reason: first?.code ?? 'pixels', says } };
  }
  const findings = reading.marks.map(({ x, y, score }) => ({
    kind: 'nodule' as const,
    probability: score,
    centre: { column: x, row: y },
  }));
  return {
    ...common,
    images: [{ ...image, findings, map: { ...mapOverFilm(reading, image), faithful: isFaithful } }],
    outcome: { kind: 'scored', score: { value: reading.probability } },
  };
}

/** Cells of the longer side of a map over the whole film. */
const MAP_CELLS = 64;

/** The model's own map, which lies over the part of the film that it saw, over the whole film; nothing outside of that part. */
function mapOverFilm(
  reading: Scored,
  film: { readonly rows: number; readonly columns: number },
): Omit<ResultMap, 'faithful'> {
  const { seen, map, mapRows, mapColumns } = reading;
  const scale = MAP_CELLS / Math.max(film.rows, film.columns);
  const rows = Math.max(1, Math.round(film.rows * scale));
  const columns = Math.max(1, Math.round(film.columns * scale));
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const x = (((column + 0.5) * film.columns) / columns - seen.box.left) / seen.scale + seen.margin.left;
      const y = (((row + 0.5) * film.rows) / rows - seen.box.top) / seen.scale + seen.margin.top;
      const cellColumn = Math.floor(((seen.mirrored ? seen.columns - x : x) * mapColumns) / seen.columns);
      const cellRow = Math.floor(((seen.upsideDown ? seen.rows - y : y) * mapRows) / seen.rows);
      const isSeen = cellColumn >= 0 && cellColumn < mapColumns && cellRow >= 0 && cellRow < mapRows;
      if (isSeen) values[row * columns + column] = map[cellRow * mapColumns + cellColumn] ?? 0;
    }
  }
  return { rows, columns, values, method: "the model's own answer by place" };
}
