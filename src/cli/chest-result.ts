import type { DataSet } from '#dicom';
import type { ChestReading } from '#pilots';
import { imageOfDataSet, type ModelResult, type ResultMap, type ResultModel, studyOfDataSet } from '#results';

type Scored = Extract<ChestReading, { readonly kind: 'scored' }>;

/**
 * What a chest model said of a film, as the result that is written down for a clinic. A film that the gates speak against
 * has no score there but their reason. @param now ISO 8601 in UTC
 */
export function chestResult(dataset: DataSet, reading: ChestReading, model: ResultModel, now: string): ModelResult {
  const image = imageOfDataSet(dataset);
  const [first] = reading.reasons;
  const common = {
    task: 'chest-nodule',
    study: studyOfDataSet(dataset),
    model,
    reckoned: {
      date: now.slice(0, 10).replaceAll('-', ''),
      time: now.slice(11, 19).replaceAll(':', ''),
      zone: '+0000',
    },
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
    images: [{ ...image, findings, map: mapOverFilm(reading, image) }],
    outcome: { kind: 'scored', score: { value: reading.probability } },
  };
}

/** Cells of the longer side of a map over the whole film. */
const MAP_CELLS = 64;

/** The model's own map, which lies over the part of the film that it saw, over the whole film; nothing outside of that part. */
function mapOverFilm(reading: Scored, film: { readonly rows: number; readonly columns: number }): ResultMap {
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
  return { rows, columns, values, method: "the model's own answer by place", faithful: true };
}
