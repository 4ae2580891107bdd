import type { DataSet } from './data-set.ts';
import type { Samples } from './decode-samples.ts';
import { type LookupTable, lookedUp, lookupTable } from './lookup-table.ts';
import { TAGS } from './tags.ts';
import { unusable } from './unusable.ts';

/** A picture as a person would see it, of eight bits. */
export interface DisplayPicture {
  readonly rows: number;
  readonly columns: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** [row, column, channel] */
  readonly shades: Uint8Array;
}

/** A window that is asked for instead of that of the file. */
export interface WindowWish {
  readonly center: number;
  readonly width: number;
}

/**
 * Grey by modality table or rescale, then VOI table or window (LINEAR, LINEAR_EXACT, SIGMOID) or the range of the
 * values, MONOCHROME1 inverted (PS3.3 sections C.11.1, C.11.2); colour from RGB, YBR_FULL, YBR_PARTIAL and palettes.
 * @throws UnicaError `dicom.pixels-unusable` for colours or tables that cannot be read.
 */
export function toDisplayPicture(dataset: DataSet, samples: Samples, window?: WindowWish): DisplayPicture {
  const { rows, columns, photometricInterpretation } = samples;
  if (photometricInterpretation === 'PALETTE COLOR') {
    return { rows, columns, channels: 3, shades: paletteShades(dataset, samples) };
  }
  if (samples.samplesPerPixel === 3) return { rows, columns, channels: 3, shades: toRgb(samples) };
  return { rows, columns, channels: 1, shades: greyShades(dataset, samples, window) };
}

/** Three samples a pixel as red, green and blue of eight bits. [row, column, channel] */
export function toRgb({ values, bitsStored, photometricInterpretation }: Samples): Uint8Array {
  const scale = 255 / (2 ** bitsStored - 1);
  const rgb = new Uint8Array(values.length);
  const convert = COLOURS[photometricInterpretation];
  if (convert === undefined) unusable(`its colours are ${photometricInterpretation.slice(0, 16)}`);
  for (let at = 0; at + 2 < values.length; at += 3) {
    const colours = convert((values[at] ?? 0) * scale, (values[at + 1] ?? 0) * scale, (values[at + 2] ?? 0) * scale);
    for (let channel = 0; channel < 3; channel += 1) {
      rgb[at + channel] = Math.max(0, Math.min(255, Math.round(colours[channel] ?? 0)));
    }
  }
  return rgb;
}

type Convert = (first: number, second: number, third: number) => readonly [number, number, number];

const fromYbr: Convert = (y, cb, cr) => [
  y + 1.402 * (cr - 128),
  y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
  y + 1.772 * (cb - 128),
];

/** Luminance from 16 to 235, colours from 16 to 240 (ITU-R BT.601; PS3.3 section C.7.6.3.1.2). */
const fromPartialYbr: Convert = (y, cb, cr) =>
  fromYbr(((y - 16) * 255) / 219, 128 + ((cb - 128) * 255) / 224, 128 + ((cr - 128) * 255) / 224);

const COLOURS: Readonly<Record<string, Convert | undefined>> = {
  RGB: (red, green, blue) => [red, green, blue],
  YBR_FULL: fromYbr,
  YBR_FULL_422: fromYbr,
  YBR_PARTIAL_422: fromPartialYbr,
  YBR_PARTIAL_420: fromPartialYbr,
};

const PALETTES = [0, 1, 2].map((channel) => ({
  descriptor: 0x00281101 + channel,
  data: 0x00281201 + channel,
  segmented: 0x00281221 + channel,
}));

function paletteShades(dataset: DataSet, { values, signed }: Samples): Uint8Array {
  const tables = PALETTES.map((tags) => lookupTable(dataset, tags, signed) ?? unusable('its palette is missing'));
  const shades = new Uint8Array(values.length * 3);
  for (const [channel, table] of tables.entries()) {
    const down = shadeShift(table);
    for (let at = 0; at < values.length; at += 1) shades[3 * at + channel] = lookedUp(table, values[at] ?? 0) >>> down;
  }
  return shades;
}

/** Entries that are said to have 16 bits and never exceed 8 were written by a device that meant 8. */
function shadeShift({ bits, entries }: LookupTable): number {
  return bits > 8 && entries.some((entry) => entry > 255) ? bits - 8 : 0;
}

const TABLE = { descriptor: 0x00283002, data: 0x00283006 } as const;
const MODALITY_TABLES = 0x00283000;
const VOI_TABLES = 0x00283010;
const VOI_FUNCTION = 0x00281056;

function greyShades(dataset: DataSet, { values, signed, photometricInterpretation }: Samples, wish?: WindowWish) {
  const modality = modalityOf(dataset, signed);
  const inverted = photometricInterpretation === 'MONOCHROME1';
  const shade = shadeOf(dataset, { values, modality, wish });
  const shades = new Uint8Array(values.length);
  for (let at = 0; at < shades.length; at += 1) {
    const seen = Math.max(0, Math.min(255, Math.round(shade(modality(values[at] ?? 0)))));
    shades[at] = inverted ? 255 - seen : seen;
  }
  return shades;
}

function modalityOf(dataset: DataSet, signed: boolean): (value: number) => number {
  const [item] = dataset.items(MODALITY_TABLES);
  const table = item === undefined ? undefined : lookupTable(item, TABLE, signed);
  if (table !== undefined) return (value) => lookedUp(table, value);
  const slope = dataset.number(TAGS.rescaleSlope) ?? 1;
  const intercept = dataset.number(TAGS.rescaleIntercept) ?? 0;
  return (value) => value * slope + intercept;
}

/** From modality values to shades, 0 to 255, not yet clipped. */
function shadeOf(
  dataset: DataSet,
  how: {
    readonly values: Samples['values'];
    readonly modality: (value: number) => number;
    readonly wish: WindowWish | undefined;
  },
): (value: number) => number {
  const [item] = dataset.items(VOI_TABLES);
  const center = how.wish?.center ?? dataset.number(TAGS.windowCenter);
  const width = how.wish?.width ?? dataset.number(TAGS.windowWidth);
  if (how.wish === undefined && item !== undefined) {
    const table = lookupTable(item, TABLE, how.modality(0) < 0 || dataset.number(TAGS.pixelRepresentation) === 1);
    if (table !== undefined) return (value) => (lookedUp(table, value) * 255) / (2 ** table.bits - 1);
  }
  const kind = dataset.text(VOI_FUNCTION) ?? 'LINEAR';
  if (center !== undefined && width !== undefined && width > 0) {
    // PS3.3 sections C.11.2.1.2 and C.11.2.1.3.
    if (kind === 'SIGMOID') return (value) => 255 / (1 + Math.exp((-4 * (value - center)) / width));
    if (kind === 'LINEAR_EXACT') return (value) => ((value - center) / width + 0.5) * 255;
    if (width > 1) return (value) => ((value - (center - 0.5)) / (width - 1) + 0.5) * 255;
    if (width === 1) return (value) => (value <= center - 0.5 ? 0 : 255);
  }
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const stored of how.values) {
    const value = how.modality(stored);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? (value) => ((value - low) * 255) / (high - low) : () => 0;
}
