import { UnicaError } from '#base';
import { fitByArea } from './area-resize.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** What pictures of a kind look like, as numbers that can be kept with a model. */
export interface PictureGate {
  readonly format: 'unica-picture-gate/1';
  /** Of each feature. */
  readonly mean: readonly number[];
  readonly stdDev: readonly number[];
  /** [component, feature], of unit length; their variances, and that of what lies beside them. */
  readonly components: readonly (readonly number[])[];
  readonly variances: readonly number[];
  readonly restVariance: number;
  /** Distance beyond which a picture is unlike those that it was fitted on. */
  readonly limit: number;
  /** Pictures it was fitted on, and those that its limit was read from. */
  readonly fittedOn: number;
  readonly limitFrom: number;
}

/** A picture as the network sees it, [row, column], standardised. */
export interface SeenPicture {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Side of the small copy that tells the layout of a picture. */
const THUMBNAIL = 12;
/** Sizes, in shares of the picture's longer side, at which its structure is measured. */
const SCALES = [1, 2, 4, 8] as const;
/** Shares of the sorted greys that are looked at. */
const RANKS = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98] as const;
/** Numbers that a picture is told by: beside those, structure across and down, the likeness of its halves and its spread. */
const FEATURES = THUMBNAIL ** 2 + RANKS.length + 2 * SCALES.length + 2;
/** Axes of variation that are kept. */
const COMPONENTS = 24;
/** Share of known pictures that may be called unlike, where nothing else is told. */
const FALSE_ALARMS = 0.05;

/**
 * Numbers that tell what a picture is of: its layout (a 12 × 12 copy), the steps of its greys, its structure at four sizes
 * across and down, its rim, and how alike its two halves are.
 */
function pictureFeatures({ values, rows, columns }: SeenPicture): Float64Array {
  const small = fitByArea({ rows, columns, values }, { rows: THUMBNAIL, columns: THUMBNAIL, align: 'centre' });
  const sorted = Float32Array.from(values).sort();
  const rank = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const steps = RANKS.map(rank);
  const spread = Math.max(1e-6, rank(0.98) - rank(0.02));
  const structure: number[] = [];
  for (const step of SCALES) {
    let [across, down, count] = [0, 0, 0];
    for (let row = 0; row + step < rows; row += step)
      for (let column = 0; column + step < columns; column += step) {
        const here = values[row * columns + column] as number;
        across += Math.abs((values[row * columns + column + step] as number) - here);
        down += Math.abs((values[(row + step) * columns + column] as number) - here);
        count += 1;
      }
    structure.push(Math.log(1e-4 + across / count / spread), Math.log(1e-4 + down / count / spread));
  }
  let [alike, squares] = [0, 1e-6];
  const middle = small.reduce((sum, value) => sum + value, 0) / small.length;
  for (let row = 0; row < THUMBNAIL; row += 1)
    for (let column = 0; column < THUMBNAIL; column += 1) {
      const here = (small[row * THUMBNAIL + column] as number) - middle;
      alike += here * ((small[row * THUMBNAIL + THUMBNAIL - 1 - column] as number) - middle);
      squares += here * here;
    }
  return Float64Array.from([...small, ...steps, ...structure, alike / squares, spread]);
}

/**
 * Fits the gate: principal components of the features and what is left beside them (probabilistic PCA, Tipping and Bishop 1999),
 * with a limit that `falseAlarms` of the other known pictures exceed.
 * @param known pictures to learn the look from; at least 40
 * @param others further known pictures, from other people; at least 20
 * @param falseAlarms share of known pictures that may be called unlike, one of twenty unless told; above 0 and below 1
 * @throws UnicaError `pilots.gate-unfitted` with fewer
 */
export function fitPictureGate(
  known: readonly SeenPicture[],
  others: readonly SeenPicture[],
  falseAlarms = FALSE_ALARMS,
): PictureGate {
  if (known.length < 40 || others.length < 20)
    throw new UnicaError('pilots.gate-unfitted', { known: known.length, others: others.length });
  const features = known.map(pictureFeatures);
  const width = features[0]?.length ?? 0;
  const mean = new Float64Array(width);
  for (const one of features)
    one.forEach((value, index) => {
      mean[index] = (mean[index] as number) + value / features.length;
    });
  const stdDev = new Float64Array(width);
  for (const one of features)
    one.forEach((value, index) => {
      stdDev[index] = (stdDev[index] as number) + (value - (mean[index] as number)) ** 2 / features.length;
    });
  // A feature that never varies in what is known, such as a black corner, must still be allowed a little.
  for (let index = 0; index < width; index += 1) stdDev[index] = Math.max(0.02, Math.sqrt(stdDev[index] as number));
  const covariance = new Float64Array(width * width);
  for (const one of features) {
    const z = one.map((value, index) => (value - (mean[index] as number)) / (stdDev[index] as number));
    for (let row = 0; row < width; row += 1)
      for (let column = 0; column < width; column += 1)
        covariance[row * width + column] =
          (covariance[row * width + column] as number) + ((z[row] as number) * (z[column] as number)) / features.length;
  }
  const { values, vectors } = symmetricEigen(covariance, width);
  const kept = Math.min(COMPONENTS, Math.floor(known.length / 4));
  const rest = values.slice(kept).reduce((sum, value) => sum + Math.max(0, value), 0) / Math.max(1, width - kept);
  const gate: PictureGate = {
    format: 'unica-picture-gate/1',
    mean: [...mean],
    stdDev: [...stdDev],
    components: vectors.slice(0, kept).map((vector) => [...vector]),
    variances: [...values.slice(0, kept)].map((value) => Math.max(value, rest)),
    restVariance: Math.max(1e-3, rest),
    limit: 0,
    fittedOn: known.length,
    limitFrom: others.length,
  };
  const distances = others.map((picture) => pictureDistance(gate, picture)).sort((a, b) => a - b);
  return { ...gate, limit: distances[Math.ceil((1 - falseAlarms) * distances.length) - 1] ?? 0 };
}

/** Whether a gate has a number for each of the features that pictures are told by: one that has not would let everything pass. */
export function isWholeGate({ mean, stdDev, components, variances }: PictureGate): boolean {
  return (
    [mean, stdDev, ...components].every(({ length }) => length === FEATURES) &&
    variances.length === components.length &&
    [...stdDev, ...variances].every((spread) => spread > 0)
  );
}

/** Whether a picture lies beyond what is known; so does one whose distance is no number. */
export function isUnlike(gate: PictureGate, distance: number): boolean {
  return !(distance <= gate.limit);
}

/** Squared Mahalanobis distance of a picture from those that the gate was fitted on, by feature. */
export function pictureDistance(gate: PictureGate, picture: SeenPicture): number {
  const z = pictureFeatures(picture).map(
    (value, index) => (value - (gate.mean[index] as number)) / (gate.stdDev[index] as number),
  );
  let distance = 0;
  let left = z.reduce((sum, value) => sum + value * value, 0);
  gate.components.forEach((component, index) => {
    const along = component.reduce((sum, weight, feature) => sum + weight * (z[feature] as number), 0);
    left -= along * along;
    distance += (along * along) / (gate.variances[index] as number);
  });
  return (distance + Math.max(0, left) / gate.restVariance) / z.length;
}
