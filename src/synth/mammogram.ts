import { SeededRandom } from '#base';
import { attenuationPerCm, type BreastMaterial } from './attenuation-table.ts';
import type { MarkContrast, MarkPlane } from './breast-marks.ts';
import { FIELD_MM, type MammogramGeometry, type PictureSize } from './mammogram-geometry.ts';
import { NoiseTable } from './noise.ts';
import type { MammographyDevice } from './screening-sites.ts';
import { NODE_MM, type TissueLattice } from './tissue-lattice.ts';

/** Octaves finer than the nodes of the tissue, millimetres a cell. */
const FINE_CELLS_MM = [1.2, 0.6, 0.3] as const;
/** Numbers of the noise table; every row of a picture reads it from another place. */
const GRAINS = 1 << 17;
/** How the tissue is cut into fat and gland: half the width of the change, and what of the noise fat shows. */
const CUT = { low: -3, high: 4, steps: 4096, halfWidth: 1.6, toe: 0.04, full: 0.78 } as const;
const GLAND = Float32Array.from({ length: CUT.steps + 1 }, (_, step) => {
  const height = CUT.low + ((CUT.high - CUT.low) * step) / CUT.steps;
  const share = Math.min(1, Math.max(0, (height + CUT.halfWidth) / (2 * CUT.halfWidth)));
  return CUT.full * share * share * (3 - 2 * share) + CUT.toe * Math.min(2, Math.max(-2, height));
});
/** Steps of the tables over the depth under the skin and over attenuation. */
const DEPTH_STEPS = 512;
const SIGMA_STEPS_PER_UNIT = 64;
const SIGMA_STEPS = 16 * SIGMA_STEPS_PER_UNIT;
const SKIN_MM = 1.5;
/** What the window shows, as shares of the attenuation between fat and gland of the full thickness. */
const WINDOW = { below: 0.3, above: 1.15 } as const;
const CURVE_STEPS = 4096;

let madeNoise: NoiseTable | undefined;

/** Made when the first picture asks for it. */
function noiseTable(): NoiseTable {
  madeNoise ??= new NoiseTable(new SeededRandom('mammogram/noise'), GRAINS);
  return madeNoise;
}

/** Attenuation over fat in 1/cm of what is marked. */
export function markContrastOf(device: MammographyDevice): MarkContrast {
  const fat = attenuationPerCm('adipose', device.energyKev);
  const over = (material: BreastMaterial): number => attenuationPerCm(material, device.energyKev) - fat;
  return { glandular: over('glandular'), connective: over('connective'), calcium: over('calciumOxalate') };
}

/**
 * What a unit stores of a view: [row, column], row 0 at the top, chest wall at column 0, air black (or white, where the
 * unit stores MONOCHROME1). Beer–Lambert at the energy of the unit, quanta, unsharpness, evening out of the rim, grey curve.
 * @param density log density: how much of the tissue is gland
 */
export function developMammogram(
  random: SeededRandom,
  size: PictureSize,
  scene: {
    readonly geometry: MammogramGeometry;
    readonly tissue: TissueLattice;
    readonly density: number;
    readonly marks: MarkPlane;
    readonly device: MammographyDevice;
  },
): Uint16Array {
  const { geometry, device } = scene;
  const shown = exposed(random, size, scene);
  const pixelMm = FIELD_MM.columns / size.columns;
  soften(shown, size, Math.min(0.3, (device.blurMm / pixelMm) ** 2 / 2));
  const { energyKev } = device;
  const thicknessCm = geometry.thicknessMm / 10;
  const fat = attenuationPerCm('adipose', energyKev) * thicknessCm;
  const range = attenuationPerCm('glandular', energyKev) * thicknessCm - fat;
  const width = range * (WINDOW.below + WINDOW.above) * Math.exp(0.05 * random.normal());
  const low = fat - WINDOW.below * range + 0.03 * range * random.normal();
  return toGreys(shown, low, width, device);
}

/** Attenuation as the unit shows it, before its window; air is as dark as can be. */
function exposed(
  random: SeededRandom,
  size: PictureSize,
  { geometry, tissue, density, marks, device }: Parameters<typeof developMammogram>[2],
): Float32Array {
  const { rows, columns } = size;
  const pixelMm = FIELD_MM.columns / columns;
  const { energyKev } = device;
  const fat = attenuationPerCm('adipose', energyKev);
  const gland = attenuationPerCm('glandular', energyKev) - fat;
  const muscle = attenuationPerCm('muscle', energyKev) - fat;
  const thicknessCm = geometry.thicknessMm / 10;
  const rim = rimTables(geometry.thicknessMm, fat, attenuationPerCm('skin', energyKev) - fat, device);
  const noise = noiseTable();
  const depthScale = DEPTH_STEPS / rim.depthMm;
  const sigmas = sigmaTable(device.quantaPerTenthMm * (pixelMm / 0.1) ** 2);
  const heights = new HeightRows(tissue, size, geometry);
  // Air: nothing is left of the quanta's way but the table, far below what a window shows.
  const shown = new Float32Array(rows * columns).fill(fat * thicknessCm - 2 * WINDOW.below * gland * thicknessCm);
  const shift = density * 0.62 - CUT.low;
  const cutScale = CUT.steps / (CUT.high - CUT.low);
  const muscleThickness = 0.5 * muscle * thicknessCm;
  for (let row = 0; row < rows; row += 1) {
    const v = (row + 0.5) * pixelMm;
    const skin = geometry.skinMm(v);
    const limit = Math.min(columns, Math.floor(skin / pixelMm + 0.5));
    if (limit <= 0) continue;
    const slope = geometry.skinMm(v + 0.5) - geometry.skinMm(v - 0.5);
    const across = 1 / Math.sqrt(1 + slope * slope);
    const height = heights.rowAt(v, limit);
    const grains = noise.slice(random, columns);
    const muscleEnd = geometry.muscleMm(v);
    const start = row * columns;
    for (let column = 0; column < limit; column += 1) {
      const x = (column + 0.5) * pixelMm;
      const step = Math.min(DEPTH_STEPS, Math.max(0, (skin - x) * across * depthScale)) | 0;
      const share = rim.share[step] as number;
      const cut = Math.min(CUT.steps, Math.max(0, ((height[column] as number) + shift) * cutScale)) | 0;
      const inMuscle = x < muscleEnd ? Math.min(1, (muscleEnd - x) * 0.35) : 0;
      const tissueHere =
        share * (gland * thicknessCm * (GLAND[cut] as number) * (1 - 0.6 * inMuscle) + muscleThickness * inMuscle);
      const over = tissueHere + (marks.values[start + column] as number);
      const attenuation = (rim.attenuation[step] as number) + over;
      const sigma = sigmas[Math.min(SIGMA_STEPS, attenuation * SIGMA_STEPS_PER_UNIT) | 0] as number;
      shown[start + column] = (rim.shown[step] as number) + over + sigma * (grains[column] as number);
    }
  }
  return shown;
}

/** Over the depth under the skin: share of the full thickness, attenuation of fat and skin, and what is shown of it. */
function rimTables(thicknessMm: number, fat: number, skin: number, device: MammographyDevice) {
  const depthMm = thicknessMm / 2;
  const share = new Float32Array(DEPTH_STEPS + 1);
  const attenuation = new Float32Array(DEPTH_STEPS + 1);
  const shown = new Float32Array(DEPTH_STEPS + 1);
  const full = (fat * thicknessMm) / 10;
  for (let step = 0; step <= DEPTH_STEPS; step += 1) {
    const depth = ((step + 0.5) / (DEPTH_STEPS + 1)) * depthMm;
    const rest = 1 - Math.min(1, depth / depthMm);
    // The edge of a compressed breast is half a circle.
    const here = Math.sqrt(1 - rest * rest);
    const inner = depth > SKIN_MM ? Math.sqrt(1 - ((depthMm - depth) / (depthMm - SKIN_MM)) ** 2) : 0;
    const skinCm = Math.max(2 * SKIN_MM, here * thicknessMm - inner * (thicknessMm - 2 * SKIN_MM)) / 10;
    share[step] = here;
    attenuation[step] = full * here + skin * Math.min(skinCm, (here * thicknessMm) / 10);
    shown[step] =
      (attenuation[step] as number) + device.peripheralEqualisation * full * (1 - here) - skin * 0.2 * SKIN_MM;
  }
  return { depthMm, share, attenuation, shown };
}

/** Spread of the logarithm of the quanta that come through, by attenuation: one over the root of their number. */
function sigmaTable(quanta: number): Float32Array {
  return Float32Array.from({ length: SIGMA_STEPS + 1 }, (_, step) =>
    Math.min(1, Math.exp(step / SIGMA_STEPS_PER_UNIT / 2) / Math.sqrt(quanta)),
  );
}

/** Rows of the tissue's height at the pixels of a picture: the nodes and the finer octaves, straight between. */
class HeightRows {
  readonly #layers: readonly HeightLayer[];
  readonly #row: Float32Array;
  readonly #upMm: number;

  constructor(tissue: TissueLattice, { columns }: PictureSize, geometry: MammogramGeometry) {
    this.#row = new Float32Array(columns);
    this.#upMm = geometry.upMm;
    const pixelMm = FIELD_MM.columns / columns;
    const layerOf = (cellMm: number, amplitude: number, lineOf: (line: number) => Float32Array) =>
      new HeightLayer({ columns, cellMm, amplitude, lineOf, stepMm: pixelMm / geometry.drawnOut });
    const fine = FINE_CELLS_MM.filter((cellMm) => cellMm >= 2 * pixelMm).map((cellMm) => {
      const cells = Math.ceil(FIELD_MM.columns / cellMm) + 2;
      const places = new SeededRandom(`${tissue.grain}/${cellMm}`);
      const lines = Math.ceil(FIELD_MM.rows / cellMm) + 2;
      const starts = Uint32Array.from({ length: lines }, () => places.below(GRAINS));
      const noise = noiseTable();
      // As the octave of the nodes is drawn: its amplitude is that of its heights, not of the surface between them.
      return layerOf(cellMm, tissue.amplitudeOf(cellMm), (line) =>
        noise.run(starts[Math.min(line, lines - 1)] as number, cells),
      );
    });
    const nodes = layerOf(NODE_MM, 1, (line) => {
      const start = Math.min(line, tissue.rows - 1) * tissue.columns;
      return tissue.values.subarray(start, start + tissue.columns);
    });
    this.#layers = [nodes, ...fine];
  }

  /** Heights of the first `limit` pixels of the row at this distance from the upper edge; valid until the next call. */
  rowAt(v: number, limit: number): Float32Array {
    const row = this.#row;
    row.fill(0, 0, limit);
    for (const layer of this.#layers) layer.addTo(row, Math.max(0, v + this.#upMm), limit);
    return row;
  }
}

/** One lattice of square cells, stretched across once for each of its lines. */
class HeightLayer {
  readonly #cellMm: number;
  readonly #lineOf: (line: number) => Float32Array;
  readonly #left: Uint16Array;
  readonly #share: Float32Array;
  readonly #amplitude: number;
  #line = -2;
  #above: Float32Array;
  #below: Float32Array;

  constructor(layer: {
    readonly columns: number;
    /** Between the middles of two pixels, in the breast as it usually lies. */
    readonly stepMm: number;
    readonly cellMm: number;
    readonly amplitude: number;
    readonly lineOf: (line: number) => Float32Array;
  }) {
    const { columns, stepMm, cellMm } = layer;
    this.#cellMm = cellMm;
    this.#lineOf = layer.lineOf;
    this.#amplitude = layer.amplitude;
    const last = Math.floor(FIELD_MM.columns / cellMm) - 1;
    this.#left = Uint16Array.from({ length: columns }, (_, column) =>
      Math.min(last, ((column + 0.5) * stepMm) / cellMm),
    );
    this.#share = Float32Array.from({ length: columns }, (_, column) =>
      Math.min(1, ((column + 0.5) * stepMm) / cellMm - (this.#left[column] ?? 0)),
    );
    this.#above = new Float32Array(columns);
    this.#below = new Float32Array(columns);
  }

  addTo(row: Float32Array, v: number, limit: number): void {
    const line = Math.floor(v / this.#cellMm);
    if (line !== this.#line) {
      if (line === this.#line + 1) [this.#above, this.#below] = [this.#below, this.#above];
      else this.#stretch(this.#above, line);
      this.#stretch(this.#below, line + 1);
      this.#line = line;
    }
    const down = v / this.#cellMm - line;
    const [above, below] = [this.#above, this.#below];
    for (let column = 0; column < limit; column += 1) {
      const upper = above[column] as number;
      row[column] = (row[column] as number) + upper + down * ((below[column] as number) - upper);
    }
  }

  #stretch(target: Float32Array, line: number): void {
    const heights = this.#lineOf(line);
    const [left, share, amplitude] = [this.#left, this.#share, this.#amplitude];
    for (let column = 0; column < target.length; column += 1) {
      const at = left[column] as number;
      const from = heights[at] as number;
      target[column] = amplitude * (from + (share[column] as number) * ((heights[at + 1] as number) - from));
    }
  }
}

/** Three by three, across and then down; nothing where the share of a neighbour is too small to see. */
function soften(image: Float32Array, { rows, columns }: PictureSize, share: number): void {
  if (share < 0.004) return;
  const keep = 1 - 2 * share;
  for (let row = 0; row < rows; row += 1) {
    const end = (row + 1) * columns - 1;
    let before = image[row * columns] as number;
    for (let at = row * columns; at < end; at += 1) {
      const here = image[at] as number;
      image[at] = keep * here + share * (before + (image[at + 1] as number));
      before = here;
    }
  }
  const above = image.slice(0, columns);
  for (let at = 0; at < image.length - columns; at += 1) {
    const column = at % columns;
    const here = image[at] as number;
    image[at] = keep * here + share * ((above[column] as number) + (image[at + columns] as number));
    above[column] = here;
  }
}

function toGreys(shown: Float32Array, low: number, width: number, device: MammographyDevice): Uint16Array {
  const white = 2 ** device.bitsStored - 1;
  const inverted = device.photometricInterpretation === 'MONOCHROME1';
  const curve = Uint16Array.from({ length: CURVE_STEPS + 1 }, (_, step) => {
    const linear = (step / CURVE_STEPS) ** device.gamma;
    const steep = linear * linear * (3 - 2 * linear);
    const grey = Math.round(white * ((1 - device.steepness) * linear + device.steepness * steep));
    return inverted ? white - grey : grey;
  });
  const scale = CURVE_STEPS / width;
  const greys = new Uint16Array(shown.length);
  for (let at = 0; at < greys.length; at += 1) {
    const step = Math.min(CURVE_STEPS, Math.max(0, ((shown[at] as number) - low) * scale));
    greys[at] = curve[(step + 0.5) | 0] as number;
  }
  return greys;
}
