import { UnicaError } from '#base';
import { type GreyPicture, otsuThreshold, type Region } from '#films';

/** A model of how dense breasts are: softmax over classes of standardised features. */
export interface DensityModel {
  readonly classes: readonly string[];
  readonly mean: readonly number[];
  readonly stdDev: readonly number[];
  /** [class, feature], the last of each its offset. */
  readonly weights: readonly (readonly number[])[];
}

/** Greys of the histogram over the breast. */
const BINS = 10;
/** Distances, in pixels of a picture about 256 high, at which texture is measured. */
const DISTANCES = [1, 2, 4, 8, 16] as const;

/** Sizes, in pixels, between which structure is measured: a soft picture less one twice as soft. */
const SIZES = [1, 2, 4, 8] as const;
/** Share of the breast's depth below the skin that is left out: it is thinner and darker there. */
const SKIN = 0.12;
/** The pectoral muscle's corner, as shares of the breast's height and width. */
const PECTORAL = { down: 0.45, across: 0.55 } as const;

/**
 * What tells how dense a breast is: how its greys are spread between its own darkest and brightest parts, how much of it is bright
 * (Otsu's threshold within it), how rough it is at five distances and how large its structures are. The skin line and the corner of
 * the pectoral muscle are left out. From a mammogram about 256 high with dense tissue bright, the chest wall at the left.
 * @throws UnicaError `pilots.film-unusable` where the breast is too small to be measured
 */
export function densityFeatures(picture: GreyPicture, region: Region): Float64Array {
  const { rows, columns, values } = picture;
  const depth = depthOf(region.mask, rows, columns);
  const deepest = depth.reduce((most, value) => Math.max(most, value), 0);
  if (deepest < 8) throw new UnicaError('pilots.film-unusable', { problem: 'the breast in it is too small' });
  const { box } = region;
  const measured = Uint8Array.from(depth, (here, index) => {
    const down = (Math.floor(index / columns) - box.top) / (PECTORAL.down * (box.bottom - box.top));
    const across = ((index % columns) - box.left) / (PECTORAL.across * (box.right - box.left));
    return here > SKIN * deepest && down + across >= 1 ? 1 : 0;
  });
  const inner = values.filter((_, index) => measured[index] === 1).sort();
  const rank = (share: number): number => inner[Math.round(share * (inner.length - 1))] ?? 0;
  const [low, high] = [rank(0.01), rank(0.99)];
  const spread = Math.max(1e-3, high - low);
  const shares = inner.map((value) => Math.min(1, Math.max(0, (value - low) / spread)));
  const mean = averageOf(shares);
  const moment = (power: number): number => averageOf(shares.map((value) => (value - mean) ** power));
  const deviation = Math.max(1e-6, Math.sqrt(moment(2)));
  const histogram = new Array<number>(BINS).fill(0);
  for (const value of shares) {
    const bin = Math.min(BINS - 1, Math.floor(value * BINS));
    histogram[bin] = (histogram[bin] as number) + 1 / shares.length;
  }
  const threshold = otsuThreshold(inner);
  const bright = inner.filter((value) => value > threshold);
  const core = values.filter((_, index) => measured[index] === 1 && (depth[index] as number) > 0.4 * deepest);
  return Float64Array.from([
    ...histogram,
    ...[0.05, 0.25, 0.5, 0.75, 0.95].map(rank),
    mean,
    deviation,
    moment(3) / deviation ** 3,
    moment(4) / deviation ** 4,
    ...DISTANCES.map((distance) => Math.log(1e-4 + roughness(picture, measured, distance) / spread)),
    bright.length / inner.length,
    averageOf(bright) - averageOf(inner.filter((value) => value <= threshold)),
    core.filter((value) => value > threshold).length / Math.max(1, core.length),
    spread,
    inner.length / values.length,
    ...SIZES.flatMap((size) =>
      structure(picture, measured, size).map((figure, index) => (index === 0 ? figure / spread : figure)),
    ),
  ]);
}

function averageOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Spread and skewness of what lies between a soft picture and one twice as soft. */
function structure(picture: GreyPicture, measured: Uint8Array, size: number): readonly [number, number] {
  const [fine, coarse] = [softened(picture, size), softened(picture, 2 * size)];
  const band = fine
    .map((value, index) => value - (coarse[index] as number))
    .filter((_, index) => measured[index] === 1);
  const mean = averageOf(band);
  const deviation = Math.max(1e-9, Math.sqrt(averageOf(band.map((value) => (value - mean) ** 2))));
  return [deviation, averageOf(band.map((value) => ((value - mean) / deviation) ** 3))];
}

/** A Gaussian filter with this standard deviation in pixels; rims repeat. */
function softened({ rows, columns, values }: GreyPicture, sigma: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.exp(-((index - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let soft = values;
  for (const [step, lines, length, stride] of [
    [1, rows, columns, columns],
    [columns, columns, rows, 1],
  ] as const) {
    const next = new Float32Array(values.length);
    for (let line = 0; line < lines; line += 1)
      for (let place = 0; place < length; place += 1) {
        let sum = 0;
        for (let offset = -reach; offset <= reach; offset += 1) {
          const from = Math.min(length - 1, Math.max(0, place + offset));
          sum += (weights[offset + reach] as number) * (soft[line * stride + from * step] as number);
        }
        next[line * stride + place * step] = sum / total;
      }
    soft = next;
  }
  return soft;
}

/** Steps to the nearest pixel outside of the mask, row by row and column by column, [row, column]. */
function depthOf(mask: Uint8Array, rows: number, columns: number): Float32Array {
  const depth = Float32Array.from(mask, (inside) => (inside === 1 ? 1e6 : 0));
  const at = (row: number, column: number): number => depth[row * columns + column] as number;
  const lower = (row: number, column: number, from: number): void => {
    const index = row * columns + column;
    if (from + 1 < (depth[index] as number)) depth[index] = from + 1;
  };
  // The film's rim is no skin: only what lies inside the picture and outside the breast counts.
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      if (row > 0) lower(row, column, at(row - 1, column));
      if (column > 0) lower(row, column, at(row, column - 1));
    }
  for (let row = rows - 1; row >= 0; row -= 1)
    for (let column = columns - 1; column >= 0; column -= 1) {
      if (row + 1 < rows) lower(row, column, at(row + 1, column));
      if (column + 1 < columns) lower(row, column, at(row, column + 1));
    }
  return depth.map((value) => (value >= 1e6 ? 0 : value));
}

/** Mean difference of measured pixels so far apart. */
function roughness({ rows, columns, values }: GreyPicture, measured: Uint8Array, distance: number): number {
  let [sum, count] = [0, 0];
  for (let row = 0; row + distance < rows; row += 1)
    for (let column = 0; column + distance < columns; column += 1) {
      const index = row * columns + column;
      if (measured[index] !== 1) continue;
      for (const other of [index + distance, index + distance * columns]) {
        if (measured[other] !== 1) continue;
        sum += Math.abs((values[other] as number) - (values[index] as number));
        count += 1;
      }
    }
  return sum / Math.max(1, count);
}

/** How strongly weights are pulled to 0, and the steps of the descent: enough to stand still at some hundred breasts. */
const PULL = 0.3;
const STEPS = 1500;

/**
 * Softmax regression with an L2 pull, by Nesterov's accelerated descent: convex, so that equal data give equal weights.
 * @throws UnicaError `engine.data-mismatch` when a class has no breast
 */
export function fitDensity(
  examples: readonly { readonly features: Float64Array; readonly density: string }[],
  classes: readonly string[],
): DensityModel {
  for (const density of classes)
    if (!examples.some((example) => example.density === density))
      throw new UnicaError('engine.data-mismatch', { problem: `none of them has the density ${density}` });
  const width = examples[0]?.features.length ?? 0;
  const mean = Array.from({ length: width }, (_, index) => average(examples, index));
  const stdDev = mean.map((middle, index) => {
    const squares = examples.reduce((sum, { features }) => sum + ((features[index] as number) - middle) ** 2, 0);
    return Math.max(1e-6, Math.sqrt(squares / examples.length));
  });
  const rows = examples.map(({ features }) => standardised(features, { mean, stdDev }));
  const truth = examples.map(({ density }) => classes.indexOf(density));
  const size = classes.length * (width + 1);
  let weights = new Float64Array(size);
  let before = weights;
  // 1 / L of softmax regression on standardised features: the mean squared length of a row over two.
  const rate = 2 / (width + 1 + 2 * PULL);
  for (let step = 0; step < STEPS; step += 1) {
    const momentum = step / (step + 3);
    const ahead = weights.map((weight, index) => weight + momentum * (weight - (before[index] as number)));
    const slope = ahead.map((weight, index) => (index % (width + 1) === width ? 0 : PULL * weight));
    rows.forEach((row, example) => {
      const shares = softmax(scores(row, ahead, classes.length));
      shares.forEach((share, label) => {
        const error = (share - (truth[example] === label ? 1 : 0)) / rows.length;
        for (let index = 0; index <= width; index += 1) {
          const at = label * (width + 1) + index;
          slope[at] = (slope[at] as number) + error * (row[index] as number);
        }
      });
    });
    before = weights;
    weights = ahead.map((weight, index) => weight - rate * (slope[index] as number));
  }
  return {
    classes,
    mean,
    stdDev,
    weights: classes.map((_, label) => [...weights.subarray(label * (width + 1), (label + 1) * (width + 1))]),
  };
}

/** Probabilities of the classes, in their order. */
export function densityShares(model: DensityModel, features: Float64Array): readonly number[] {
  return softmax(scores(standardised(features, model), Float64Array.from(model.weights.flat()), model.classes.length));
}

function average(examples: readonly { readonly features: Float64Array }[], index: number): number {
  return examples.reduce((sum, { features }) => sum + (features[index] as number), 0) / examples.length;
}

/** With a 1 at the end, for the offset. */
function standardised(
  features: Float64Array,
  { mean, stdDev }: { readonly mean: readonly number[]; readonly stdDev: readonly number[] },
): Float64Array {
  return Float64Array.from({ length: features.length + 1 }, (_, index) =>
    index === features.length ? 1 : ((features[index] as number) - (mean[index] as number)) / (stdDev[index] as number),
  );
}

function scores(row: Float64Array, weights: Float64Array, classes: number): readonly number[] {
  return Array.from({ length: classes }, (_, label) => {
    let sum = 0;
    for (let index = 0; index < row.length; index += 1)
      sum += (row[index] as number) * (weights[label * row.length + index] as number);
    return sum;
  });
}

function softmax(values: readonly number[]): readonly number[] {
  const most = Math.max(...values);
  const exponentials = values.map((value) => Math.exp(value - most));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}
