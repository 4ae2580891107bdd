import type { DataSet } from '#dicom';
import type { ChestReading } from '#pilots';
import { imageOfDataSet, type ModelResult, type ResultMap, type ResultModel, studyOfDataSet } from '#results';

type Scored = Extract<ChestReading, { readonly kind: 'scored' }>;

/**
 * What a chest model said of a film, as the result that is written down for a clinic. A film that the gates speak against
 * has no score there but their reason.
 */
export function chestResult(dataset: DataSet, reading: ChestReading, model: ResultModel, now: Date): ModelResult {
  const image = imageOfDataSet(dataset);
  const [first] = reading.reasons;
  const common = {
    task: 'chest-nodule',
    study: studyOfDataSet(dataset),
    model,
    reckoned: momentOf(now, zoneMinutes(dataset, now)),
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

const TAG = { timezoneOffset: 0x00080201, studyDate: 0x00080020, studyTime: 0x00080030 } as const;

/**
 * Minutes before UTC that the times of the image are told in: what it says, else what this machine's clock said on the day of
 * the study. An object has one zone for all its times (PS3.3 table C.12-1), and those of the study come from the image.
 */
function zoneMinutes(dataset: DataSet, now: Date): number {
  const [, sign, hours, minutes] = /^([+-])(0\d|1[0-4])([0-5]\d)$/.exec(dataset.text(TAG.timezoneOffset) ?? '') ?? [];
  if (sign !== undefined) return (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes));
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(dataset.text(TAG.studyDate) ?? '') ?? [];
  if (year === undefined) return -now.getTimezoneOffset();
  const hour = Number(/^\d{2}/.exec(dataset.text(TAG.studyTime) ?? '')?.[0] ?? 12);
  return -new Date(Number(year), Number(month) - 1, Number(day), hour).getTimezoneOffset();
}

/** A moment as DICOM writes it in a zone. */
function momentOf(now: Date, minutes: number): ModelResult['reckoned'] {
  const there = new Date(now.getTime() + minutes * 60_000).toISOString();
  const two = (value: number) => String(value).padStart(2, '0');
  const ahead = Math.abs(minutes);
  return {
    date: there.slice(0, 10).replaceAll('-', ''),
    time: there.slice(11, 19).replaceAll(':', ''),
    zone: `${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}${two(Math.floor(ahead % 60))}`,
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
