/** A rectangle in a picture; bottom and right are the last row and column inside. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A row of shapes that look like writing. */
export interface TextLine extends Box {
  readonly characters: number;
  /** 0 … 1: how much the shapes are alike, aligned and sharp, as printed letters are. */
  readonly confidence: number;
}

/** A grey picture, 0 … 255. */
export interface GreyPicture {
  readonly rows: number;
  readonly columns: number;
  /** [row, column], row 0 at the top */
  readonly grey: Uint8Array;
}

/** Letters are this tall, in pixels; smaller ones cannot be read, larger ones are no annotation. */
const HEIGHTS = { least: 5, most: 160 } as const;

/** Half sizes of the neighbourhoods that a stroke has to differ from, for thin and for bold writing. */
const NEIGHBOURHOODS = [3, 8, 24] as const;

/** A stroke differs from its neighbourhood by this much … */
const DIFFERENCE = 22;
/** … and by this much from the pixels two steps outside: anatomy and noise have softer rims. */
const SHARPNESS = 40;

/** Fewer letters are a side marker or a view (R, L, CC, MLO). */
const LEAST_LETTERS = 4;

/**
 * Lines of writing in a picture: bright on dark or dark on bright, across or upwards. Shapes of letters are found as
 * sharp-rimmed connected strokes; a line is a row of shapes of like height at even distances. Side markers and views, of
 * fewer than four letters, are no lines. The most certain come first.
 */
export function textLines(picture: GreyPicture): readonly TextLine[] {
  const sums = integral(picture);
  const lines: TextLine[] = [];
  for (const radius of NEIGHBOURHOODS) {
    for (const sign of [1, -1] as const) {
      const mask = strokes(picture, { sums, radius, sign });
      const shapes = shapesOf(picture, mask, sign);
      const ink = (box: Box) => inked(picture, mask, box);
      const across = linesOf(shapes)
        .filter((line) => standsOut(line, ink))
        .map((line) => followed(line, ink));
      const inkUpwards = (box: Box) => ink(turned(box));
      const upwards = linesOf(shapes.map(turned))
        .filter((line) => standsOut(line, inkUpwards))
        .map((line) => followed(line, inkUpwards));
      const letters = [...across, ...upwards].reduce((sum, { characters }) => sum + characters, 0);
      if (isGrain(shapes.length, letters)) continue;
      lines.push(...across, ...upwards.map(turned));
    }
  }
  const inside = lines.map((line) => ({
    ...line,
    bottom: Math.min(line.bottom, picture.rows - 1),
    right: Math.min(line.right, picture.columns - 1),
  }));
  return merged(inside);
}

interface Shape extends Box {
  readonly area: number;
  /** Mean step at its rim, 0 … 255. */
  readonly sharpness: number;
}

/** Sums of all pixels above and left, exclusive. [row + 1, column + 1] */
function integral({ rows, columns, grey }: GreyPicture): Float64Array {
  const sums = new Float64Array((rows + 1) * (columns + 1));
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    const above = row * (columns + 1);
    const here = above + columns + 1;
    for (let column = 0; column < columns; column += 1) {
      sum += grey[row * columns + column] ?? 0;
      sums[here + column + 1] = (sums[above + column + 1] ?? 0) + sum;
    }
  }
  return sums;
}

/** 1 where a pixel differs from the mean of its neighbourhood as a stroke does. */
function strokes(
  { rows, columns, grey }: GreyPicture,
  { sums, radius, sign }: { readonly sums: Float64Array; readonly radius: number; readonly sign: 1 | -1 },
): Uint8Array {
  const mask = new Uint8Array(rows * columns);
  const width = columns + 1;
  for (let row = 0; row < rows; row += 1) {
    const top = Math.max(0, row - radius) * width;
    const bottom = Math.min(rows, row + radius + 1) * width;
    const height = (bottom - top) / width;
    for (let column = 0; column < columns; column += 1) {
      const left = Math.max(0, column - radius);
      const right = Math.min(columns, column + radius + 1);
      const sum =
        (sums[bottom + right] ?? 0) - (sums[bottom + left] ?? 0) - (sums[top + right] ?? 0) + (sums[top + left] ?? 0);
      const mean = sum / (height * (right - left));
      if (sign * ((grey[row * columns + column] ?? 0) - mean) > DIFFERENCE) mask[row * columns + column] = 1;
    }
  }
  return mask;
}

/** Connected strokes (8 neighbours) of the size of letters, with sharp rims. */
function shapesOf(picture: GreyPicture, mask: Uint8Array, sign: 1 | -1): readonly Shape[] {
  const { rows, columns } = picture;
  const shapes: Shape[] = [];
  const stack = new Int32Array(rows * columns);
  for (let start = 0; start < mask.length; start += 1) {
    if (mask[start] !== 1) continue;
    const shape = grown(picture, mask, { start, stack, sign });
    if (isLetterLike(shape)) shapes.push(shape);
  }
  return shapes;
}

/** Walks through a connected part of the mask, marking it 2. */
function grown(
  { rows, columns, grey }: GreyPicture,
  mask: Uint8Array,
  { start, stack, sign }: { readonly start: number; readonly stack: Int32Array; readonly sign: 1 | -1 },
): Shape {
  let [top, left, bottom, right, area, rim, steps] = [rows, columns, 0, 0, 0, 0, 0];
  let depth = 0;
  stack[depth++] = start;
  mask[start] = 2;
  while (depth > 0) {
    const at = stack[--depth] ?? 0;
    const row = Math.floor(at / columns);
    const column = at - row * columns;
    area += 1;
    if (row < top) top = row;
    if (row > bottom) bottom = row;
    if (column < left) left = column;
    if (column > right) right = column;
    for (let down = -1; down <= 1; down += 1) {
      for (let across = -1; across <= 1; across += 1) {
        const [y, x] = [row + down, column + across];
        if ((down === 0 && across === 0) || y < 0 || x < 0 || y >= rows || x >= columns) continue;
        const neighbour = y * columns + x;
        if (mask[neighbour] === 1) {
          mask[neighbour] = 2;
          stack[depth++] = neighbour;
        } else if (mask[neighbour] === 0 && (down === 0 || across === 0)) {
          const [yy, xx] = [row + 2 * down, column + 2 * across];
          if (yy < 0 || xx < 0 || yy >= rows || xx >= columns) continue;
          steps += sign * ((grey[at] ?? 0) - (grey[yy * columns + xx] ?? 0));
          rim += 1;
        }
      }
    }
  }
  return { top, left, bottom, right, area, sharpness: rim === 0 ? 0 : steps / rim };
}

function heightOf({ top, bottom }: Box): number {
  return bottom - top + 1;
}

function widthOf({ left, right }: Box): number {
  return right - left + 1;
}

function isLetterLike(shape: Shape): boolean {
  const [height, width] = [heightOf(shape), widthOf(shape)];
  const longest = Math.max(height, width);
  return (
    longest >= HEIGHTS.least &&
    longest <= HEIGHTS.most &&
    Math.min(height, width) * 14 >= longest &&
    shape.area >= 0.12 * height * width &&
    shape.sharpness >= SHARPNESS
  );
}

/** A box in the picture turned by a quarter: for writing that goes up or down. */
function turned<Thing extends Box>(box: Thing): Thing {
  return { ...box, top: box.left, left: box.top, bottom: box.right, right: box.bottom };
}

/** Share of strokes in a box, 0 … 1; not a number where the box lies outside the picture. */
function inked({ rows, columns }: GreyPicture, mask: Uint8Array, box: Box): number {
  const [top, bottom] = [Math.max(0, box.top), Math.min(rows - 1, box.bottom)];
  const [left, right] = [Math.max(0, box.left), Math.min(columns - 1, box.right)];
  let strokes = 0;
  for (let row = top; row <= bottom; row += 1)
    for (let column = left; column <= right; column += 1) if (mask[row * columns + column] !== 0) strokes += 1;
  return strokes / (Math.max(0, bottom - top + 1) * Math.max(0, right - left + 1));
}

/** Among so many loose shapes a few stand in a row by chance. */
function isGrain(shapes: number, letters: number): boolean {
  return shapes > GRAIN.shapes && letters < GRAIN.share * shapes;
}

const GRAIN = { shapes: 60, share: 0.08 } as const;

/** Above or below a line there is room with at most this share of the line's own strokes; grain goes on there. */
const CALM = 0.6;

/** Whether there is less above or below than in the line, as between lines of writing, and unlike in grain. */
function standsOut(line: TextLine, ink: (box: Box) => number): boolean {
  const room = Math.max(2, Math.round(0.25 * heightOf(line)));
  const above = ink({ ...line, top: line.top - 1 - room, bottom: line.top - 2 });
  const below = ink({ ...line, top: line.bottom + 2, bottom: line.bottom + 1 + room });
  const most = CALM * ink(line);
  return above <= most || below <= most;
}

/** Written places have at least this share of strokes. */
const INK = 0.12;
/** Writing is followed so many letters beyond what was recognised, over places where the picture itself is busy. */
const FOLLOWED = 10;

/** The line with what seems to go on at its ends, where letters run into the anatomy behind them. */
function followed(line: TextLine, ink: (box: Box) => number): TextLine {
  const step = Math.max(2, Math.round(0.9 * heightOf(line)));
  let { left, right } = line;
  for (let letter = 0; letter < FOLLOWED && ink({ ...line, left: left - step, right: left - 1 }) >= INK; letter += 1)
    left -= step;
  for (let letter = 0; letter < FOLLOWED && ink({ ...line, left: right + 1, right: right + step }) >= INK; letter += 1)
    right += step;
  return { ...line, left: Math.max(0, left), right };
}

/** Rows of shapes of like height that make at least four letters, at distances that letters and words have. */
function linesOf(shapes: readonly Shape[]): readonly TextLine[] {
  const upright = shapes.filter(isUpright).sort((a, b) => a.left - b.left);
  const taken = new Set<Shape>();
  const lines: TextLine[] = [];
  for (const [index, first] of upright.entries()) {
    if (taken.has(first)) continue;
    const row = [first];
    for (let next = index + 1; next < upright.length; next += 1) {
      const candidate = upright[next];
      const last = row.at(-1);
      if (candidate === undefined || last === undefined) break;
      if (candidate.left - last.right > WORD_GAP * Math.max(...row.map(heightOf))) break;
      if (!taken.has(candidate) && follows(last, candidate)) row.push(candidate);
    }
    const letters = row.reduce((sum, shape) => sum + lettersOf(shape), 0);
    if (row.length < 2 || letters < LEAST_LETTERS) continue;
    for (const shape of row) taken.add(shape);
    lines.push(lineOf(row, letters, shapes));
  }
  return lines;
}

/** The widest gap inside a line, in heights of its letters. */
const WORD_GAP = 1.8;

/** Only small letters touch each other, in pixels of height; a taller shape of that width is a rim or a wire. */
const TOUCHING = 18;

/** A letter, or a few that touch each other. */
function isUpright(shape: Shape): boolean {
  const [height, width] = [heightOf(shape), widthOf(shape)];
  if (height < HEIGHTS.least) return false;
  if (width <= 2.2 * height) return true;
  return height <= TOUCHING && width <= 9 * height && shape.area <= 0.75 * height * width;
}

function lettersOf(shape: Shape): number {
  const ratio = widthOf(shape) / heightOf(shape);
  return ratio <= 1.9 ? 1 : Math.round(ratio / 0.75);
}

function follows(last: Shape, candidate: Shape): boolean {
  const [a, b] = [heightOf(last), heightOf(candidate)];
  const [tall, small] = [Math.max(a, b), Math.min(a, b)];
  const overlap = Math.min(last.bottom, candidate.bottom) - Math.max(last.top, candidate.top) + 1;
  const gap = candidate.left - last.right;
  return small >= 0.45 * tall && overlap >= 0.7 * small && gap > -0.3 * tall && gap <= WORD_GAP * tall;
}

function lineOf(row: readonly Shape[], letters: number, shapes: readonly Shape[]): TextLine {
  const heights = row.map(heightOf);
  const tall = Math.max(...heights);
  const alike = 1 - spread(heights);
  // Letters stand on a line; those with tails hang below it, all by the same amount.
  const feet = row.map(({ bottom }) => bottom);
  const middle = [...feet].sort((a, b) => a - b)[Math.floor(feet.length / 2)] ?? 0;
  const standing = feet.filter((foot) => Math.abs(foot - middle) <= Math.max(1, 0.12 * tall)).length / feet.length;
  const sharp = Math.min(1, mean(row.map(({ sharpness }) => sharpness)) / 120);
  const many = Math.min(1, letters / 8);
  return {
    ...extended(row.reduce<Box>(union, row[0] as Box), shapes),
    characters: letters,
    confidence: 0.3 * alike + 0.3 * standing + 0.25 * sharp + 0.15 * many,
  };
}

/** The box with what stands at its ends: parts of letters, punctuation, a word that was not recognised as one. */
function extended(box: Box, shapes: readonly Shape[]): Box {
  const height = heightOf(box);
  let whole = box;
  for (let grew = true; grew; ) {
    const wider = shapes.filter((shape) => fits(shape, height) && isBeside(whole, shape, 2 * height));
    const next = wider.reduce<Box>(union, whole);
    grew = next.left < whole.left || next.right > whole.right;
    whole = next;
  }
  return whole;
}

/** Whether a shape is no larger than two letters of that height. */
function fits(shape: Shape, height: number): boolean {
  return heightOf(shape) <= 1.25 * height && widthOf(shape) <= 2.5 * height;
}

function isBeside(box: Box, shape: Shape, reach: number): boolean {
  const overlap = Math.min(box.bottom, shape.bottom) - Math.max(box.top, shape.top) + 1;
  const outside = shape.left < box.left || shape.right > box.right;
  return (
    outside && overlap >= 0.75 * heightOf(shape) && shape.left - box.right <= reach && box.left - shape.right <= reach
  );
}

/** Standard deviation as a share of the mean, at most 1. */
function spread(numbers: readonly number[]): number {
  const centre = mean(numbers);
  return Math.min(1, Math.sqrt(mean(numbers.map((number) => (number - centre) ** 2))) / centre);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** Lines that lie over each other are one: the same writing is found in several ways. */
function merged(lines: readonly TextLine[]): readonly TextLine[] {
  const kept: TextLine[] = [];
  for (const line of [...lines].sort((a, b) => b.confidence - a.confidence)) {
    const at = kept.findIndex((other) => overlaps(other, line));
    const other = kept[at];
    if (other === undefined) kept.push(line);
    else kept[at] = { ...other, ...union(other, line) };
  }
  return kept;
}

function overlaps(a: Box, b: Box): boolean {
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) + 1;
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left) + 1;
  return (
    height > 0 && width > 0 && height * width >= 0.3 * Math.min(heightOf(a) * widthOf(a), heightOf(b) * widthOf(b))
  );
}

function union(a: Box, b: Box): Box {
  return {
    top: Math.min(a.top, b.top),
    left: Math.min(a.left, b.left),
    bottom: Math.max(a.bottom, b.bottom),
    right: Math.max(a.right, b.right),
  };
}
