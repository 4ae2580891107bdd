import type { DataSet } from './data-set.ts';
import type { Samples } from './decode-samples.ts';
import { modalityTransform, voiTransform, type WindowWish } from './grey-transforms.ts';
import { type LookupTable, lookedUp, lookupTable } from './lookup-table.ts';
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

function greyShades(dataset: DataSet, { values, signed, photometricInterpretation }: Samples, wish?: WindowWish) {
  const modality = modalityTransform(dataset, signed);
  const inverted = photometricInterpretation === 'MONOCHROME1';
  const shades = new Uint8Array(values.length);
  const present = occurring(values);
  const share = voiTransform(dataset, modality, wish) ?? acrossRange(present ?? values, modality);
  const shadeOf = (value: number) => {
    const seen = Math.max(0, Math.min(255, Math.round(255 * share(modality(value)))));
    return inverted ? 255 - seen : seen;
  };
  if (present === undefined) {
    for (let at = 0; at < shades.length; at += 1) shades[at] = shadeOf(values[at] ?? 0);
    return shades;
  }
  const table = new Uint8Array(WORDS);
  for (const value of present) table[value & LAST_WORD] = shadeOf(value);
  for (let at = 0; at < shades.length; at += 1) shades[at] = table[(values[at] ?? 0) & LAST_WORD] ?? 0;
  return shades;
}

/** How many values two bytes have. */
const WORDS = 65_536;
const LAST_WORD = WORDS - 1;

/** The values that occur, each once; undefined where values are longer than two bytes, of which no table can be made. */
function occurring(values: Samples['values']): Int32Array | undefined {
  if (values.BYTES_PER_ELEMENT > 2) return undefined;
  const seen = new Uint8Array(WORDS);
  for (let at = 0; at < values.length; at += 1) seen[(values[at] ?? 0) & LAST_WORD] = 1;
  const isSigned = values instanceof Int16Array;
  const found: number[] = [];
  for (let word = 0; word < WORDS; word += 1) if (seen[word] === 1) found.push(isSigned ? (word << 16) >> 16 : word);
  return Int32Array.from(found);
}

/** From the smallest value to the largest. */
function acrossRange(values: Iterable<number>, modality: (value: number) => number): (value: number) => number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const stored of values) {
    const value = modality(stored);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? (value) => (value - low) / (high - low) : () => 0;
}
