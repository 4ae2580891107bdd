import { canonicalJson, sha256Hex, UnicaError } from '#base';
import type { Frame } from '#dicom';
import { fitByArea, type GreyPicture, type TargetFrame } from './area-resize.ts';
import type { Film, FilmHeader } from './film.ts';
import { type Box, breastRegion, lungRegion, type Region } from './region.ts';

/** Which values become black and white. */
type Window =
  /** Shares of the film's pixels below them: robust against markers and collimation. */
  | { readonly kind: 'percentiles'; readonly low: number; readonly high: number }
  /** All values the stored bits can hold (the MedMNIST protocol). */
  | { readonly kind: 'stored-range' }
  /** The smallest and the largest value. */
  | { readonly kind: 'min-max' }
  /** The VOI table or window of the file; the smallest and the largest value where it has none. */
  | { readonly kind: 'voi' };

/** (x − mean) / stdDev of the windowed value x in [0, 1]. */
type Standardisation = {
  readonly mean: number;
  readonly stdDev: number;
};

/** Everything that decides what the network sees of a film; its digest goes into the model card. */
export type PreprocessingContract = WholeFilmContract | RegionContract;

/** The whole film, centred in a square, its longer side filling it, the rest black. */
export type WholeFilmContract = {
  /** Goes up when the steps change their meaning. */
  readonly version: 1;
  readonly window: Exclude<Window, { readonly kind: 'voi' | 'min-max' }>;
  /** Dense tissue bright, whatever the photometric interpretation and the sign of the rescale slope. */
  readonly polarity: 'dense-bright';
  readonly frame: 'pad-to-square';
  readonly resize: 'area';
  /** Pixels a side. */
  readonly size: number;
  readonly standardise: Standardisation;
};

/**
 * Decode → modality table or rescale → MONOCHROME1 inversion → window → crop → orientation → area resize → standardise, in
 * this order.
 */
export type RegionContract = {
  readonly version: 2;
  readonly window: Window;
  readonly polarity: 'dense-bright';
  readonly crop: Crop;
  /**
   * `chest-wall-left`: breasts with the chest wall at the left and, in oblique views, the pectoral muscle up, as of a left
   * breast. `viewer`: as a reader faces the patient, the patient's left at the right and the head up.
   */
  readonly orientation: 'as-stored' | 'chest-wall-left' | 'viewer';
  /** Without distortion; what stays free is black. */
  readonly frame: { readonly rows: number; readonly columns: number; readonly align: 'left' | 'centre' };
  readonly resize: 'area';
  readonly standardise: Standardisation;
};

/**
 * What is kept of the film. `breast`, `lungs`: the box around them (Otsu's threshold, the largest parts) and a rim of so many
 * shares of its longer side; other bright parts beside a breast become black. The whole film where none is found.
 */
type Crop = { readonly kind: 'none' } | { readonly kind: 'breast' | 'lungs'; readonly marginShare: number };

/** SHA-256 of the contract's canonical JSON. */
export function preprocessingDigest(contract: PreprocessingContract): string {
  return sha256Hex(canonicalJson(contract));
}

/** Rows and columns of what the network sees. */
export function preprocessedSize(contract: PreprocessingContract): { readonly rows: number; readonly columns: number } {
  if (contract.version === 1) return { rows: contract.size, columns: contract.size };
  return { rows: contract.frame.rows, columns: contract.frame.columns };
}

/** What the network sees of a film, and where on the film it lies. */
export interface SeenFilm {
  /** [row, column], standardised. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** The part of the film that fills the frame, in its pixels. */
  readonly box: Box;
  /** Whether left and right, top and bottom changed places. */
  readonly mirrored: boolean;
  readonly upsideDown: boolean;
  /** Pixels of the film on one of the frame. */
  readonly scale: number;
  /** Free columns and rows of the frame before the picture begins. */
  readonly margin: { readonly left: number; readonly top: number };
}

/**
 * The film as the network sees it: [row, column], standardised. The only implementation of the contract, in training,
 * evaluation, the clinic and the browser alike.
 * @throws UnicaError `pilots.film-unusable` when it is empty, in colour, or of one grey
 */
export function preprocess(film: Film, contract: PreprocessingContract): Float32Array {
  return seenFilm(film, contract).values;
}

/** As {@link preprocess}, with where on the film it lies. @throws UnicaError `pilots.film-unusable` */
export function seenFilm(film: Film, contract: PreprocessingContract): SeenFilm {
  const steps = stepsOf(contract);
  const picture = windowed(film, steps.window);
  const found = steps.crop.kind === 'none' ? undefined : cropped(picture, steps.crop);
  const kept = found?.picture ?? picture;
  const turn = turned(kept, film.header, { orientation: steps.orientation, region: found?.region });
  // Turned after it is small: the area filter does not know left from right, so the margin only changes sides.
  const align = turn.mirrored && steps.frame.align === 'left' ? 'right' : steps.frame.align;
  const values = fitByArea(kept, { ...steps.frame, align });
  turnAround(values, steps.frame, turn);
  const { mean, stdDev } = steps.standardise;
  for (let index = 0; index < values.length; index += 1) {
    const value = ((values[index] as number) - mean) / stdDev;
    if (!Number.isFinite(value)) throw unusable('a grey value is not a number');
    values[index] = value;
  }
  const { rows, columns } = steps.frame;
  const scale = Math.max(kept.rows / rows, kept.columns / columns);
  const free = { across: columns - kept.columns / scale, down: rows - kept.rows / scale };
  return {
    values,
    rows,
    columns,
    box: found?.box ?? { top: 0, bottom: picture.rows, left: 0, right: picture.columns },
    ...turn,
    scale,
    margin: { left: steps.frame.align === 'left' ? 0 : free.across / 2, top: free.down / 2 },
  };
}

type Steps = Pick<RegionContract, 'window' | 'crop' | 'orientation' | 'standardise'> & { readonly frame: TargetFrame };

function stepsOf(contract: PreprocessingContract): Steps {
  if (contract.version === 2) return contract;
  const { window, size, standardise } = contract;
  const frame = { rows: size, columns: size, align: 'centre' } as const;
  return { window, crop: { kind: 'none' }, orientation: 'as-stored', frame, standardise };
}

/** The frame behind its modality table, which then has no rescale of its own. */
function modalityFrame({ frame, header }: Film): Frame {
  const { modalityTable } = header;
  if (modalityTable === undefined) return frame;
  const values = new Uint16Array(frame.values.length);
  for (let index = 0; index < values.length; index += 1) values[index] = modalityTable(frame.values[index] as number);
  return { ...frame, values, signed: false, bitsStored: 16, rescaleSlope: 1, rescaleIntercept: 0 };
}

/** Values that a table of shares is made for: as many as 20 bits hold. */
const MOST_VALUES = 2 ** 20;

/** Stored values as shares of the window, dense tissue bright. A linear rescale cancels in any window but for its sign. */
function windowed(film: Film, window: Window): GreyPicture {
  const { header } = film;
  const frame = modalityFrame(film);
  const { rows, columns, values: stored } = frame;
  if (!frame.photometricInterpretation.startsWith('MONOCHROME')) throw unusable('it is not a grey picture');
  if (stored.length === 0 || stored.length !== rows * columns) throw unusable('its pixels do not fill it');
  if (!Number.isFinite(frame.rescaleSlope) || frame.rescaleSlope === 0) throw unusable('its rescale slope is 0');
  const padding = { stored: film.frame.values, value: header.paddingValue };
  const spread = rangeOf(stored, padding);
  if (!(spread.low < spread.high)) throw unusable('all its pixels have the same grey');
  if (spread.high - spread.low >= MOST_VALUES) throw unusable('its values spread over more than 20 bits');
  const share = shareOf(frame, { header, window, spread, padding });
  const dark = frame.photometricInterpretation === 'MONOCHROME1';
  const table = Float32Array.from({ length: spread.high - spread.low + 1 }, (_, index) => {
    const bounded = Math.min(1, Math.max(0, share(spread.low + index)));
    return dark ? 1 - bounded : bounded;
  });
  const values = new Float32Array(stored.length);
  for (let index = 0; index < stored.length; index += 1) {
    const value = stored[index] as number;
    // Padding is no picture and black whatever the polarity.
    values[index] = padding.stored[index] === padding.value ? 0 : (table[value - spread.low] as number);
  }
  return { rows, columns, values };
}

/** From stored values to shares of the window before MONOCHROME1 is inverted. */
function shareOf(frame: Frame, { header, window, spread, padding }: WindowSources): (stored: number) => number {
  const { voi } = header;
  if (window.kind === 'voi' && voi !== undefined)
    return (stored) => voi(stored * frame.rescaleSlope + frame.rescaleIntercept);
  const [low, high] = limitsOf(frame, { window, spread, padding });
  const scale = 1 / (high - low);
  if (frame.rescaleSlope > 0) return (stored) => (stored - low) * scale;
  return (stored) => 1 - Math.min(1, Math.max(0, (stored - low) * scale));
}

function limitsOf(frame: Frame, { window, spread, padding }: Omit<WindowSources, 'header'>): readonly [number, number] {
  switch (window.kind) {
    case 'stored-range':
      return storedRange(frame);
    case 'percentiles':
      return percentiles(frame.values, spread, { ...window, padding });
    case 'min-max':
    case 'voi':
      return [spread.low, spread.high];
  }
}

interface Spread {
  readonly low: number;
  readonly high: number;
}

/** Which stored value, before any table, is no picture. */
interface Padding {
  readonly stored: Frame['values'];
  readonly value: number | undefined;
}

interface WindowSources {
  readonly header: FilmHeader;
  readonly window: Window;
  readonly spread: Spread;
  readonly padding: Padding;
}

function rangeOf(values: Frame['values'], padding: Padding): Spread {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < values.length; index += 1) {
    if (padding.stored[index] === padding.value) continue;
    const value = values[index] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function storedRange(frame: Frame): readonly [number, number] {
  const steps = 2 ** frame.bitsStored;
  return frame.signed ? [-steps / 2, steps / 2 - 1] : [0, steps - 1];
}

/** Exact by counting; the full range when the percentiles coincide, as in a film that is nearly all background. */
function percentiles(
  values: Frame['values'],
  spread: Spread,
  window: { readonly low: number; readonly high: number; readonly padding: Padding },
): readonly [number, number] {
  const counts = new Uint32Array(spread.high - spread.low + 1);
  let counted = 0;
  const { padding } = window;
  for (let index = 0; index < values.length; index += 1) {
    if (padding.stored[index] === padding.value) continue;
    const at = (values[index] as number) - spread.low;
    counts[at] = (counts[at] ?? 0) + 1;
    counted += 1;
  }
  const low = spread.low + rankOf(counts, window.low * (counted - 1));
  const high = spread.low + rankOf(counts, window.high * (counted - 1));
  return low < high ? [low, high] : [spread.low, spread.high];
}

/** Index of the bin that holds the item of this rank, counted from 0. */
function rankOf(counts: Uint32Array, rank: number): number {
  let seen = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    seen += counts[bin] ?? 0;
    if (seen > rank) return bin;
  }
  return counts.length - 1;
}

/** Pixels of the longer side of the small picture in which breast and lungs are looked for. */
const SEARCH_PX = 256;

interface Cropped {
  readonly picture: GreyPicture;
  /** In pixels of the film. */
  readonly box: Box;
  /** On the small picture it was found in. */
  readonly region: Region & { readonly columns: number };
}

function cropped(picture: GreyPicture, crop: Exclude<Crop, { readonly kind: 'none' }>): Cropped | undefined {
  const small = searchPicture(picture);
  const region = crop.kind === 'breast' ? breastRegion(small) : lungRegion(small);
  if (region === undefined) return undefined;
  const rim = crop.marginShare * Math.max(region.box.bottom - region.box.top, region.box.right - region.box.left);
  const ratio = picture.rows / small.rows;
  const across = picture.columns / small.columns;
  const box = {
    top: Math.max(0, Math.floor((region.box.top - rim) * ratio)),
    bottom: Math.min(picture.rows, Math.ceil((region.box.bottom + rim) * ratio)),
    left: Math.max(0, Math.floor((region.box.left - rim) * across)),
    right: Math.min(picture.columns, Math.ceil((region.box.right + rim) * across)),
  };
  const foreign = grown(region.foreign, small);
  const hasForeign = foreign.includes(1);
  const [rows, columns] = [box.bottom - box.top, box.right - box.left];
  const values = new Float32Array(rows * columns);
  const smallColumns = Uint32Array.from({ length: columns }, (_, column) =>
    Math.min(small.columns - 1, Math.floor((box.left + column + 0.5) / across)),
  );
  for (let row = 0; row < rows; row += 1) {
    const from = (box.top + row) * picture.columns + box.left;
    values.set(picture.values.subarray(from, from + columns), row * columns);
    if (!hasForeign) continue;
    const line = Math.min(small.rows - 1, Math.floor((box.top + row + 0.5) / ratio)) * small.columns;
    for (let column = 0; column < columns; column += 1)
      if (foreign[line + (smallColumns[column] as number)] === 1) values[row * columns + column] = 0;
  }
  return { picture: { rows, columns, values }, box, region: { ...region, columns: small.columns } };
}

/** The picture no larger than breast and lungs are looked for in. */
function searchPicture(picture: GreyPicture): GreyPicture {
  const scale = Math.max(picture.rows, picture.columns) / SEARCH_PX;
  if (scale <= 1) return picture;
  const rows = Math.max(1, Math.round(picture.rows / scale));
  const columns = Math.max(1, Math.round(picture.columns / scale));
  return { rows, columns, values: fitByArea(picture, { rows, columns, align: 'centre' }) };
}

/** A mask and the pixels around it, so that a marker's soft rim goes with it. */
function grown(mask: Uint8Array, { rows, columns }: { readonly rows: number; readonly columns: number }): Uint8Array {
  const wider = mask.slice();
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (mask[row * columns + column] !== 1) continue;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r += 1)
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c += 1)
          wider[r * columns + c] = 1;
    }
  }
  return wider;
}

interface Turn {
  readonly mirrored: boolean;
  readonly upsideDown: boolean;
}

const AS_STORED: Turn = { mirrored: false, upsideDown: false };

function turned(
  picture: GreyPicture,
  header: FilmHeader,
  how: { readonly orientation: RegionContract['orientation']; readonly region: Cropped['region'] | undefined },
): Turn {
  const [alongRows = '', alongColumns = ''] = header.patientOrientation ?? [];
  const headDown = alongColumns.startsWith('H');
  if (how.orientation === 'as-stored') return AS_STORED;
  if (how.orientation === 'viewer') return { mirrored: alongRows.startsWith('R'), upsideDown: headDown };
  const mirrored = chestWallRight(header, how.region);
  if (!/^(ML|LM)/.test(header.view ?? '')) return { mirrored, upsideDown: false };
  const upsideDown = alongColumns === '' ? pectoralBelow(picture, mirrored) : headDown;
  return { mirrored, upsideDown };
}

/** How much wider the breast has to be at one side for the pixels to be believed before the header. */
const CLEARLY_WIDER = 1.2;

/** The breast is widest at the chest wall: by its pixels where they are clear, else by the header. */
function chestWallRight(header: FilmHeader, region: Cropped['region'] | undefined): boolean {
  const said = header.patientOrientation?.[0].startsWith('P') ?? header.laterality === 'R';
  if (region === undefined) return said;
  const { box, mask, columns } = region;
  const strip = Math.max(1, Math.round((box.right - box.left) / 8));
  let [atLeft, atRight] = [0, 0];
  for (let row = box.top; row < box.bottom; row += 1) {
    for (let step = 0; step < strip; step += 1) {
      atLeft += mask[row * columns + box.left + step] as number;
      atRight += mask[row * columns + box.right - 1 - step] as number;
    }
  }
  if (atRight > CLEARLY_WIDER * atLeft) return true;
  return atLeft > CLEARLY_WIDER * atRight ? false : said;
}

/** How much brighter the lower corner at the chest wall has to be for the film to stand on its head. */
const CLEARLY_BRIGHTER = 1.25;

/** The pectoral muscle fills the upper corner at the chest wall of an oblique view. */
function pectoralBelow({ rows, columns, values }: GreyPicture, mirrored: boolean): boolean {
  const [across, down] = [Math.ceil(columns / 4), Math.ceil(rows / 4)];
  let [above, below] = [0, 0];
  for (let row = 0; row < down; row += 1) {
    const width = Math.round(across * (1 - row / down));
    for (let step = 0; step < width; step += 1) {
      const column = mirrored ? columns - 1 - step : step;
      above += values[row * columns + column] as number;
      below += values[(rows - 1 - row) * columns + column] as number;
    }
  }
  return below > CLEARLY_BRIGHTER * above;
}

function turnAround(values: Float32Array, { rows, columns }: TargetFrame, { mirrored, upsideDown }: Turn): void {
  if (mirrored) for (let row = 0; row < rows; row += 1) values.subarray(row * columns, (row + 1) * columns).reverse();
  if (!upsideDown) return;
  for (let row = 0; row < Math.floor(rows / 2); row += 1) {
    const upper = values.slice(row * columns, (row + 1) * columns);
    values.copyWithin(row * columns, (rows - 1 - row) * columns, (rows - row) * columns);
    values.set(upper, (rows - 1 - row) * columns);
  }
}

function unusable(problem: string): UnicaError {
  return new UnicaError('pilots.film-unusable', { problem });
}
