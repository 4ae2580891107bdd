import type { DataSet } from './data-set.ts';
import { lookedUp, lookupTable } from './lookup-table.ts';
import { TAGS } from './tags.ts';

/** A window that is asked for instead of that of the file. */
export interface WindowWish {
  readonly center: number;
  readonly width: number;
}

const TABLE = { descriptor: 0x00283002, data: 0x00283006 } as const;
const MODALITY_TABLES = 0x00283000;
const VOI_TABLES = 0x00283010;
const VOI_FUNCTION = 0x00281056;

/**
 * From stored values to those of the modality: by its look-up table, else by rescale slope and intercept (PS3.3 section
 * C.11.1).
 * @throws UnicaError `dicom.pixels-unusable` for a table that is cut off
 */
export function modalityTransform(dataset: DataSet, signed: boolean): (stored: number) => number {
  const [item] = dataset.items(MODALITY_TABLES);
  const table = item === undefined ? undefined : lookupTable(item, TABLE, signed);
  if (table !== undefined) return (value) => lookedUp(table, value);
  const slope = dataset.number(TAGS.rescaleSlope) ?? 1;
  const intercept = dataset.number(TAGS.rescaleIntercept) ?? 0;
  return (value) => value * slope + intercept;
}

/**
 * From modality values to shares of the shown range, 0 to 1, not yet clipped: by the wish, else by the file's VOI table or
 * window (LINEAR, LINEAR_EXACT, SIGMOID; PS3.3 section C.11.2). Undefined where the file says nothing.
 * @throws UnicaError `dicom.pixels-unusable` for a table that is cut off
 */
export function voiTransform(
  dataset: DataSet,
  modality: (stored: number) => number,
  wish?: WindowWish,
): ((value: number) => number) | undefined {
  const [item] = dataset.items(VOI_TABLES);
  const center = wish?.center ?? dataset.number(TAGS.windowCenter);
  const width = wish?.width ?? dataset.number(TAGS.windowWidth);
  if (wish === undefined && item !== undefined) {
    const table = lookupTable(item, TABLE, modality(0) < 0 || dataset.number(TAGS.pixelRepresentation) === 1);
    if (table !== undefined) return (value) => lookedUp(table, value) / (2 ** table.bits - 1);
  }
  const kind = dataset.text(VOI_FUNCTION) ?? 'LINEAR';
  if (center === undefined || width === undefined || !(width > 0)) return undefined;
  // PS3.3 sections C.11.2.1.2 and C.11.2.1.3.
  if (kind === 'SIGMOID') return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (kind === 'LINEAR_EXACT') return (value) => (value - center) / width + 0.5;
  if (width > 1) return (value) => (value - (center - 0.5)) / (width - 1) + 0.5;
  return width === 1 ? (value) => (value <= center - 0.5 ? 0 : 1) : undefined;
}
