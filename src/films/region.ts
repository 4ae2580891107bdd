import type { GreyPicture } from './area-resize.ts';

/** Grey steps of the histogram; what scikit-image uses. */
const BINS = 256;

/**
 * The grey value that best parts dark from bright (Otsu 1979): the middle of the bin, of 256 between the smallest and the
 * largest value, behind which the two sides differ most. NaN when all values are equal.
 */
export function otsuThreshold(values: Float32Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(high > low)) return Number.NaN;
  const counts = new Float64Array(BINS);
  const scale = BINS / (high - low);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) * scale));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const middle = (bin: number): number => low + (bin + 0.5) / scale;
  let total = 0;
  counts.forEach((count, bin) => {
    total += count * middle(bin);
  });
  let [below, sumBelow, best, threshold] = [0, 0, -1, Number.NaN];
  for (let bin = 0; bin < BINS - 1; bin += 1) {
    below += counts[bin] as number;
    sumBelow += (counts[bin] as number) * middle(bin);
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > best) [best, threshold] = [between, middle(bin)];
  }
  return threshold;
}

/** A part of a picture whose pixels touch by their sides. */
export interface Component {
  readonly label: number;
  readonly pixels: number;
  /** Rows top … bottom − 1, columns left … right − 1. */
  readonly box: Box;
  readonly touchesRim: boolean;
}

/** Rows top … bottom − 1 and columns left … right − 1 of a picture. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Parts of the pixels for which `inside` holds, joined by their four sides, the largest first. `labels` [row, column] holds
 * the label of each pixel's part, 0 outside.
 */
export function componentsOf(
  picture: { readonly rows: number; readonly columns: number },
  inside: (index: number) => boolean,
): { readonly labels: Uint32Array; readonly components: readonly Component[] } {
  const { rows, columns } = picture;
  const labels = new Uint32Array(rows * columns);
  const components: Component[] = [];
  const waiting = new Uint32Array(rows * columns);
  for (let seed = 0; seed < labels.length; seed += 1) {
    if (labels[seed] !== 0 || !inside(seed)) continue;
    const label = components.length + 1;
    let [top, bottom, left, right, pixels] = [rows, 0, columns, 0, 0];
    let count = 0;
    const reach = (index: number): void => {
      if (labels[index] !== 0 || !inside(index)) return;
      labels[index] = label;
      waiting[count++] = index;
    };
    reach(seed);
    while (count > 0) {
      const index = waiting[--count] as number;
      const row = Math.floor(index / columns);
      const column = index - row * columns;
      pixels += 1;
      top = Math.min(top, row);
      bottom = Math.max(bottom, row + 1);
      left = Math.min(left, column);
      right = Math.max(right, column + 1);
      if (row > 0) reach(index - columns);
      if (row + 1 < rows) reach(index + columns);
      if (column > 0) reach(index - 1);
      if (column + 1 < columns) reach(index + 1);
    }
    const touchesRim = top === 0 || left === 0 || bottom === rows || right === columns;
    components.push({ label, pixels, box: { top, bottom, left, right }, touchesRim });
  }
  return { labels, components: components.sort((a, b) => b.pixels - a.pixels) };
}

/** Where a mask is, 1 inside and 0 outside, [row, column], with the box around it. */
export interface Region {
  readonly mask: Uint8Array;
  readonly box: Box;
  /** Pixels of other bright parts: plates, markers, tapes. 1 there, 0 elsewhere. */
  readonly foreign: Uint8Array;
}

/** Shares of a picture below which a part is no breast, no lung. */
const LEAST_BREAST_SHARE = 0.05;
const LEAST_LUNG_SHARE = 0.02;

/** The breast: the largest bright part, dense tissue bright. Undefined where nothing stands out. */
export function breastRegion(picture: GreyPicture): Region | undefined {
  const threshold = otsuThreshold(picture.values);
  const bright = (index: number): boolean => (picture.values[index] as number) > threshold;
  const { labels, components } = componentsOf(picture, bright);
  const [breast] = components;
  if (breast === undefined || breast.pixels < LEAST_BREAST_SHARE * labels.length) return undefined;
  const mask = Uint8Array.from(labels, (label) => (label === breast.label ? 1 : 0));
  return {
    mask: withoutHoles(mask, picture),
    box: breast.box,
    foreign: Uint8Array.from(labels, (label) => (label !== 0 && label !== breast.label ? 1 : 0)),
  };
}

/** The mask with what it encloses: fat inside a breast can be as dark as air. */
function withoutHoles(mask: Uint8Array, size: { readonly rows: number; readonly columns: number }): Uint8Array {
  const { labels, components } = componentsOf(size, (index) => mask[index] === 0);
  const holes = new Set(components.filter(({ touchesRim }) => !touchesRim).map(({ label }) => label));
  return mask.map((inside, index) => (inside === 1 || holes.has(labels[index] as number) ? 1 : 0));
}

/**
 * The lungs: two dark parts that do not touch the film's rim, as the air beside the body does, one at each side of the middle. Ribs
 * are smoothed over; Otsu's threshold of the middle of the film is raised and lowered, and the largest lungs that keep apart from
 * that air and from each other are taken. Undefined where there are none, as in films of something else or cut too close.
 */
export function lungRegion(picture: GreyPicture): Region | undefined {
  const soft = { ...picture, values: smoothed(picture) };
  const threshold = otsuThreshold(middleOf(soft));
  const darkest = soft.values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const open = openField(soft);
  let best: { readonly pixels: number; readonly region: Region } | undefined;
  for (const share of LUNG_THRESHOLDS) {
    const found = lungsBelow(soft, { threshold: darkest + share * (threshold - darkest), open });
    if (found !== undefined && found.pixels > (best?.pixels ?? 0)) best = found;
  }
  return best?.region;
}

/** Multiples of Otsu's threshold over the darkest grey that are tried. */
const LUNG_THRESHOLDS = [1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6] as const;
/** Share of a film above which what was found is no pair of lungs. */
const MOST_LUNG_SHARE = 0.5;
/** Rows and columns, as shares, among which the lungs and what parts them fill the film. */
const MIDDLE = { top: 0.12, bottom: 0.72, left: 0.12, right: 0.88 } as const;
/** Pixels, up, down and across, that ribs are smoothed over, as a share of the film's height. */
const SMOOTHED = 1 / 100;

function middleOf({ rows, columns, values }: GreyPicture): Float32Array {
  return values.filter((_, index) => {
    const [down, across] = [Math.floor(index / columns) / rows, (index % columns) / columns];
    return down >= MIDDLE.top && down < MIDDLE.bottom && across >= MIDDLE.left && across < MIDDLE.right;
  });
}

/** Share of a film's side that a shutter may cover at each edge; what is white further in is body. */
const MOST_SHUTTERED = 0.2;
/** Share of a row or column that is white where a shutter covers it, and the share of the film's greys from where on that is white. */
const SHUTTERED_LINE = 0.85;
const SHUTTER_WHITE = 0.93;
/** Share of a film's side that may be black before the shutter begins. */
const BEFORE_SHUTTER = 0.03;
/** How far the air beside the body stays from what a shutter leaves open, as a share of the film's side: shutters lie askew, and leave black lines. */
const SHUTTER_SLANT = 0.07;

/**
 * What shutters left open: rows top … bottom − 1, columns left … right − 1. A shutter is white, so that the air beside the body does not reach the film's rim
 * and would pass for a lung.
 */
function openField({ rows, columns, values }: GreyPicture): Box {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const white = low + SHUTTER_WHITE * (high - low);
  const covered = (lines: number, length: number, at: (line: number, place: number) => number): number => {
    const most = Math.floor(MOST_SHUTTERED * lines);
    const isWhite = (line: number, place: number): boolean => (values[at(line, place)] as number) >= white;
    // A shutter goes from end to end; a body that fills the film has air at both.
    const end = Math.round(BEFORE_SHUTTER * length);
    let last = -1;
    for (let line = 0; line < most; line += 1) {
      let bright = 0;
      for (let place = 0; place < length; place += 1) if (isWhite(line, place)) bright += 1;
      if (bright >= SHUTTERED_LINE * length && isWhite(line, end) && isWhite(line, length - 1 - end)) last = line;
      else if (last >= 0 || line >= BEFORE_SHUTTER * lines) break;
    }
    return last + 1 === most ? 0 : last + 1;
  };
  const top = covered(rows, columns, (line, place) => line * columns + place);
  const bottom = covered(rows, columns, (line, place) => (rows - 1 - line) * columns + place);
  const left = covered(columns, rows, (line, place) => place * columns + line);
  const right = covered(columns, rows, (line, place) => place * columns + columns - 1 - line);
  const slant = top + bottom + left + right === 0 ? 0 : SHUTTER_SLANT;
  return {
    top: top + Math.round(slant * rows),
    bottom: rows - bottom - Math.round(slant * rows),
    left: left + Math.round(slant * columns),
    right: columns - right - Math.round(slant * columns),
  };
}

/** Rows, as a share of a film's height, that the middle of a lung lies below; the air above the shoulders lies higher. */
const HIGHEST_LUNG = 0.2;

function isLungHigh({ top, bottom }: Box, rows: number): boolean {
  return (top + bottom) / 2 > HIGHEST_LUNG * rows;
}

function isWithin(box: Box, open: Box): boolean {
  return box.top > open.top && box.left > open.left && box.bottom < open.bottom && box.right < open.right;
}

function lungsBelow(
  picture: GreyPicture,
  { threshold, open }: { readonly threshold: number; readonly open: Box },
): { readonly pixels: number; readonly region: Region } | undefined {
  const { rows, columns, values } = picture;
  const dark = (index: number): boolean => (values[index] as number) <= threshold;
  const { labels, components } = componentsOf(picture, dark);
  const lungs = components
    .filter(
      ({ pixels, box }) => isWithin(box, open) && isLungHigh(box, rows) && pixels >= LEAST_LUNG_SHARE * labels.length,
    )
    .slice(0, 2);
  const [one, other] = lungs.map(({ box }) => (box.left + box.right) / 2);
  if (one === undefined || other === undefined || one < columns / 2 === other < columns / 2) return undefined;
  const pixels = lungs.reduce((sum, lung) => sum + lung.pixels, 0);
  if (pixels > MOST_LUNG_SHARE * labels.length) return undefined;
  const wanted = new Set(lungs.map(({ label }) => label));
  return {
    pixels,
    region: {
      mask: Uint8Array.from(labels, (label) => (wanted.has(label) ? 1 : 0)),
      box: {
        top: Math.min(rows, ...lungs.map(({ box }) => box.top)),
        bottom: Math.max(0, ...lungs.map(({ box }) => box.bottom)),
        left: Math.min(columns, ...lungs.map(({ box }) => box.left)),
        right: Math.max(0, ...lungs.map(({ box }) => box.right)),
      },
      foreign: new Uint8Array(labels.length),
    },
  };
}

/** Means over squares; at the rim over what there is of them. */
function smoothed({ rows, columns, values }: GreyPicture): Float32Array {
  const reach = Math.round(SMOOTHED * rows);
  if (reach < 1) return values;
  let soft = values;
  for (const [step, lines, length, stride] of [
    [1, rows, columns, columns],
    [columns, columns, rows, 1],
  ] as const) {
    const next = new Float32Array(values.length);
    for (let line = 0; line < lines; line += 1) {
      for (let place = 0; place < length; place += 1) {
        const [from, to] = [Math.max(0, place - reach), Math.min(length - 1, place + reach)];
        let sum = 0;
        for (let at = from; at <= to; at += 1) sum += soft[line * stride + at * step] as number;
        next[line * stride + place * step] = sum / (to - from + 1);
      }
    }
    soft = next;
  }
  return soft;
}
