import { SeededRandom, UnicaError } from '#base';
import { midranks } from './auc.ts';
import { tensorLength } from './examples.ts';
import { type ExplainMethod, type Explanation, explain } from './explain.ts';
import { initialParameters } from './initial-parameters.ts';
import { type Model, networkOf } from './model.ts';
import { type Inputs, openPredictor } from './predictor.ts';

/** Where the finding is, in pixels of the picture; the middle of the first pixel is at 0.5. */
export interface TrueSpot {
  readonly x: number;
  readonly y: number;
  /** Half its width and half its height. */
  readonly radius: readonly [number, number];
}

/** One picture whose explanation is put to the test. */
export interface GateCase {
  /** One example. */
  readonly inputs: Inputs;
  /** Known for inserted and outlined findings. */
  readonly spot?: TrueSpot | undefined;
}

/** One test of a method, its figure and whether it passed. */
export interface ExplanationGate {
  readonly gate: 'parameter-randomisation' | 'pointing-game' | 'insertion-deletion' | 'completeness';
  /** Mean over the cases: similarity, share of hits, gain over random maps, relative error. */
  readonly figure: number;
  readonly limit: number;
  readonly passed: boolean;
  readonly cases: number;
}

/** What the tests of one method on one model gave. */
export interface GateReport {
  readonly method: ExplainMethod['kind'];
  readonly gates: readonly ExplanationGate[];
  /** Every gate that could be run passed. */
  readonly faithful: boolean;
}

/** Figures beyond which a method is flagged: docs/decisions/101. */
export const GATE_LIMITS = { similarity: 0.3, pointing: 0.6, completenessError: 0.05 } as const;

/** Steps in which a picture is uncovered or covered. */
const STEPS = 16;
/** Radii of a spot that its maps may miss it by: maps are coarser than pictures. */
const TOLERANCE_PX = 4;

/**
 * Puts a method of explaining a model to the tests of the published critics: maps of a model whose parameters were drawn anew must
 * differ (Adebayo et al. 2018, Spearman's correlation without its sign); the strongest point lies in the finding (Zhang et al. 2018); uncovering the picture in the
 * map's order raises the answer faster, and covering it lowers it faster, than in random orders (Petsiuk et al. 2018); and the
 * shares of integrated gradients add up (Sundararajan et al. 2017).
 * @throws UnicaError `engine.data-mismatch` without cases, and as `explain`
 */
export async function explanationGates(
  model: Model,
  parameters: Float32Array,
  method: ExplainMethod,
  cases: readonly GateCase[],
  seed: string | number = 'gates',
): Promise<GateReport> {
  if (cases.length === 0) throw new UnicaError('engine.data-mismatch', { problem: 'there is no picture to test on' });
  const drawn = initialParameters(model, `${seed}/parameters`);
  const explanations: Explanation[] = [];
  const similarities: number[] = [];
  for (const { inputs } of cases) {
    const own = await explain(model, parameters, inputs, method);
    const other = await explain(model, drawn, inputs, method);
    explanations.push(own);
    similarities.push(Math.abs(rankCorrelation(own.map, other.map)));
  }
  const gates: ExplanationGate[] = [below('parameter-randomisation', similarities, GATE_LIMITS.similarity)];
  const hits = cases.flatMap(({ spot }, index) =>
    spot === undefined ? [] : [pointsInto(explanations[index] as Explanation, spot) ? 1 : 0],
  );
  if (hits.length > 0) gates.push(atLeast('pointing-game', hits, GATE_LIMITS.pointing));
  const gains = await insertionGains({ model, parameters, cases, explanations, seed });
  gates.push({ ...atLeast('insertion-deletion', gains, 0), passed: meanOf(gains) > 0 });
  const errors = explanations.flatMap(({ completenessError }) =>
    completenessError === undefined ? [] : [completenessError],
  );
  if (errors.length > 0)
    gates.push({
      ...below('completeness', errors, GATE_LIMITS.completenessError),
      passed: meanOf(errors) <= GATE_LIMITS.completenessError,
    });
  return { method: method.kind, gates, faithful: gates.every(({ passed }) => passed) };
}

/** Whether the strongest point of a map lies in the finding, or within the coarseness of maps of it. */
export function pointsInto({ map, width }: Pick<Explanation, 'map' | 'width'>, { x, y, radius }: TrueSpot): boolean {
  let strongest = 0;
  for (let pixel = 1; pixel < map.length; pixel += 1)
    if ((map[pixel] as number) > (map[strongest] as number)) strongest = pixel;
  if (!((map[strongest] as number) > 0)) return false;
  const [column, row] = [(strongest % width) + 0.5, Math.floor(strongest / width) + 0.5];
  const across = (column - x) / Math.max(TOLERANCE_PX, radius[0]);
  const down = (row - y) / Math.max(TOLERANCE_PX, radius[1]);
  return Math.hypot(across, down) <= 1;
}

/** Spearman's rank correlation; 0 where one of them has a single value, as a map of nothing does. */
export function rankCorrelation(a: Float32Array, b: Float32Array): number {
  const [ranksA, ranksB] = [midranks(a), midranks(b)];
  const middle = (a.length + 1) / 2;
  let [products, squaresA, squaresB] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [(ranksA[index] as number) - middle, (ranksB[index] as number) - middle];
    products += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return squaresA > 0 && squaresB > 0 ? products / Math.sqrt(squaresA * squaresB) : 0;
}

/**
 * For each case insertion − deletion of its map less that of a random map of the same coarseness: the areas under the answer's
 * curves as the picture appears on, or vanishes into, its own blurred self.
 */
async function insertionGains(of: {
  readonly model: Model;
  readonly parameters: Float32Array;
  readonly cases: readonly GateCase[];
  readonly explanations: readonly Explanation[];
  readonly seed: string | number;
}): Promise<readonly number[]> {
  const network = networkOf(of.model);
  const [picture] = network.inputs;
  if (picture === undefined) return [];
  const predictor = await openPredictor(of.model, of.parameters);
  const length = tensorLength(picture);
  try {
    const gains: number[] = [];
    for (const [index, { inputs }] of of.cases.entries()) {
      const { map, width, height } = of.explanations[index] as Explanation;
      const own = inputs[picture.name] ?? new Float32Array(length);
      const random = new SeededRandom(`${of.seed}/${index}`);
      const areas: number[] = [];
      for (const order of [orderOf(map), orderOf(coarseNoise(random, { width, height }))]) {
        const pictures = curvePictures(own, order, { width, height });
        const count = pictures.length / length;
        const fed = Object.fromEntries(
          network.inputs.map((tensor) => [
            tensor.name,
            tensor.name === picture.name ? pictures : repeated(inputs[tensor.name] ?? new Float32Array(), count),
          ]),
        );
        const answers = await predictor.predict(fed, count);
        const per = answers.length / count;
        const at = (row: number): number => answers[row * per] as number;
        let area = 0;
        for (let step = 0; step <= STEPS; step += 1) area += (at(step) - at(STEPS + 1 + step)) / (STEPS + 1);
        areas.push(area);
      }
      gains.push((areas[0] as number) - (areas[1] as number));
    }
    return gains;
  } finally {
    await predictor.close();
  }
}

/** Pixels, the strongest first; equal ones in their own order. */
function orderOf(map: Float32Array): Uint32Array {
  return Uint32Array.from(map.keys()).sort((a, b) => (map[b] as number) - (map[a] as number));
}

/** STEPS + 1 pictures that appear in this order out of their blurred selves, then as many that vanish into them. */
function curvePictures(
  own: Float32Array,
  order: Uint32Array,
  size: { readonly width: number; readonly height: number },
): Float32Array {
  const pixels = size.width * size.height;
  const channels = own.length / pixels;
  const soft = blurred(own, size);
  const pictures = new Float32Array(2 * (STEPS + 1) * own.length);
  for (let step = 0; step <= STEPS; step += 1) {
    const [inserted, deleted] = [step, STEPS + 1 + step].map((row) =>
      pictures.subarray(row * own.length, (row + 1) * own.length),
    ) as [Float32Array, Float32Array];
    inserted.set(soft);
    deleted.set(own);
    for (let rank = 0; rank < Math.round((step / STEPS) * pixels); rank += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        const at = channel * pixels + (order[rank] as number);
        inserted[at] = own[at] as number;
        deleted[at] = soft[at] as number;
      }
    }
  }
  return pictures;
}

/** Box filter of a sixth of the width, twice: fine structure is gone, brightness stays. */
function blurred(picture: Float32Array, { width, height }: { readonly width: number; readonly height: number }) {
  const reach = Math.max(1, Math.round(width / 12));
  const pixels = width * height;
  let soft = picture;
  for (let pass = 0; pass < 2; pass += 1) {
    for (const [step, lines, length, stride] of [
      [1, height, width, width],
      [width, width, height, 1],
    ] as const) {
      const next = new Float32Array(soft.length);
      for (let channel = 0; channel < soft.length; channel += pixels)
        for (let line = 0; line < lines; line += 1) {
          const start = channel + line * stride;
          const at = (place: number): number => soft[start + Math.min(length - 1, Math.max(0, place)) * step] as number;
          let sum = 0;
          for (let place = -reach; place <= reach; place += 1) sum += at(place);
          for (let place = 0; place < length; place += 1) {
            next[start + place * step] = sum / (2 * reach + 1);
            sum += at(place + reach + 1) - at(place - reach);
          }
        }
      soft = next;
    }
  }
  return soft;
}

/** Blocks of random numbers, as coarse as a map of the last layer. */
function coarseNoise(
  random: SeededRandom,
  { width, height }: { readonly width: number; readonly height: number },
): Float32Array {
  const cell = Math.max(1, Math.round(width / 16));
  const columns = Math.ceil(width / cell);
  const cells = Float32Array.from({ length: columns * Math.ceil(height / cell) }, () => random.uniform());
  return Float32Array.from(
    { length: width * height },
    (_, pixel) =>
      cells[Math.floor(Math.floor(pixel / width) / cell) * columns + Math.floor((pixel % width) / cell)] as number,
  );
}

function repeated(numbers: Float32Array, count: number): Float32Array {
  const all = new Float32Array(numbers.length * count);
  for (let row = 0; row < count; row += 1) all.set(numbers, row * numbers.length);
  return all;
}

function below(gate: ExplanationGate['gate'], figures: readonly number[], limit: number): ExplanationGate {
  const figure = meanOf(figures);
  return { gate, figure, limit, passed: figure < limit, cases: figures.length };
}

function atLeast(gate: ExplanationGate['gate'], figures: readonly number[], limit: number): ExplanationGate {
  const figure = meanOf(figures);
  return { gate, figure, limit, passed: figure >= limit, cases: figures.length };
}

function meanOf(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / Math.max(1, figures.length);
}
