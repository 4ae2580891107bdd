import { UnicaError } from '#base';
import { camGraph } from './cam-graph.ts';
import { checkTensors, tensorLength } from './examples.ts';
import { bilinear, gradCamImportance, gradCamPlusPlusImportance, type HeatMap, heatMap, scaled } from './heat-map.ts';
import { storedNetwork } from './inference-graph.ts';
import { type Model, networkOf } from './model.ts';
import type { Network } from './network.ts';
import { type Numbers, OnnxSession } from './onnx-session.ts';
import { batchOf, type Inputs, predict, predictAll } from './predictor.ts';

/** How to ask a model where it looked. */
export type ExplainMethod =
  | { readonly kind: 'grad-cam' }
  /** The network's own answer by place, its output `map`: no other way into it, but one of its answers. */
  | { readonly kind: 'location-map' }
  | { readonly kind: 'grad-cam++' }
  /** Sundararajan et al. 2017, along a line of so many steps from a picture of zeros; 32 unless told. */
  | { readonly kind: 'integrated-gradients'; readonly steps?: number }
  /** Zeiler & Fergus 2014: squares of so many pixels set to 0, moved by `stride`. */
  | { readonly kind: 'occlusion'; readonly pixels: number; readonly stride: number };

/** Where the model looked, and how far the explanation can be checked. */
export interface Explanation extends HeatMap {
  /**
   * Integrated gradients only: how far the sum of the shares is from the change of the answer before its last squashing,
   * as a share of it.
   */
  readonly completenessError?: number;
}

/** Examples in one run. */
const AT_ONCE = 16;

/**
 * Explains one answer about the picture in the first input. A model that looks at several views of it is explained by the
 * picture as it is; the probability is that of its answer.
 * @param inputs one example
 * @throws UnicaError `engine.spec-invalid`, `engine.data-mismatch`, `engine.parameters-mismatch`, `engine.settings-invalid`
 */
export async function explain(
  model: Model,
  parameters: Float32Array,
  inputs: Inputs,
  method: ExplainMethod = { kind: 'grad-cam' },
): Promise<Explanation> {
  const network = networkOf(model);
  checkTensors(network.inputs, inputs, 1);
  const explanation = await explained(network, parameters, inputs, method);
  if (network.views === undefined) return explanation;
  const [probability = explanation.probability] = await predict(network, parameters, inputs, 1);
  return { ...explanation, probability };
}

function explained(
  network: Network,
  parameters: Float32Array,
  inputs: Inputs,
  method: ExplainMethod,
): Promise<Explanation> {
  switch (method.kind) {
    case 'grad-cam':
      return classActivation(network, parameters, inputs, gradCamImportance);
    case 'location-map':
      return locationMap(network, parameters, inputs);
    case 'grad-cam++':
      return classActivation(network, parameters, inputs, gradCamPlusPlusImportance);
    case 'integrated-gradients':
      return integratedGradients(network, parameters, inputs, whole('steps', method.steps ?? 32));
    case 'occlusion':
      return occlusion(network, parameters, inputs, {
        pixels: whole('pixels', method.pixels),
        stride: whole('stride', method.stride),
      });
  }
}

async function classActivation(
  network: Network,
  parameters: Float32Array,
  inputs: Inputs,
  importance: typeof gradCamImportance,
): Promise<Explanation> {
  const session = await OnnxSession.open(camGraph(network, parameters));
  try {
    const outputs = await session.run(batchOf(network.inputs, inputs, 0, 1));
    return heatMap(outputs, pictureOf(network).size, importance);
  } finally {
    await session.close();
  }
}

async function locationMap(network: Network, parameters: Float32Array, inputs: Inputs): Promise<Explanation> {
  const { size } = pictureOf(network);
  const { map, probability } = await predictAll(network, parameters, inputs, 1);
  if (map === undefined || probability === undefined)
    throw new UnicaError('engine.spec-invalid', {
      problem: 'it does not say where in the picture it found what it says',
    });
  const stride = Math.sqrt((size.height * size.width) / map.length);
  const coarse = { height: size.height / stride, width: size.width / stride };
  return scaled(bilinear(map, coarse, size), size, { probability: { data: probability, shape: [1] } });
}

async function integratedGradients(
  network: Network,
  parameters: Float32Array,
  inputs: Inputs,
  steps: number,
): Promise<Explanation> {
  const { name, length, channels, size } = pictureOf(network);
  const session = await OnnxSession.open(logitGraph(network, parameters, true));
  try {
    const picture = inputs[name] ?? new Float32Array(length);
    const ask = (factors: readonly number[]): Promise<Readonly<Record<string, Numbers>>> =>
      session.run(
        manyOf(
          network,
          inputs,
          factors.map((factor) => picture.map((value) => value * factor)),
        ),
      );
    const slopes = new Float64Array(length);
    // The middle of each step: the error falls with the square of their number.
    for (let first = 0; first < steps; first += AT_ONCE) {
      const here = Math.min(AT_ONCE, steps - first);
      const factors = Array.from({ length: AT_ONCE }, (_, index) => (first + Math.min(index, here - 1) + 0.5) / steps);
      const gradient = (await ask(factors))['gradient']?.data ?? new Float32Array();
      for (let row = 0; row < here; row += 1)
        for (let pixel = 0; pixel < length; pixel += 1)
          slopes[pixel] = (slopes[pixel] as number) + (gradient[row * length + pixel] as number) / steps;
    }
    const ends = await ask([0, 1, ...Array.from({ length: AT_ONCE - 2 }, () => 0)]);
    const [before = 0, after = 0] = ends['logits']?.data ?? [];
    const shares = slopes.map((slope, pixel) => slope * (picture[pixel] as number));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const pixels = Float32Array.from({ length: size.height * size.width }, (_, pixel) => {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1)
        sum += shares[channel * size.height * size.width + pixel] as number;
      return sum;
    });
    const completenessError = Math.abs(total - (after - before)) / Math.max(1e-6, Math.abs(after - before));
    return { ...scaled(pixels, size, { probability: one(squashed(after)) }), completenessError };
  } finally {
    await session.close();
  }
}

async function occlusion(
  network: Network,
  parameters: Float32Array,
  inputs: Inputs,
  { pixels, stride }: { readonly pixels: number; readonly stride: number },
): Promise<Explanation> {
  const { name, length, channels, size } = pictureOf(network);
  const session = await OnnxSession.open(logitGraph(network, parameters, false));
  try {
    const picture = inputs[name] ?? new Float32Array(length);
    const corners: { readonly row: number; readonly column: number }[] = [];
    for (let row = 0; row < size.height; row += stride)
      for (let column = 0; column < size.width; column += stride) corners.push({ row, column });
    const covered = ({ row, column }: { readonly row: number; readonly column: number }): Float32Array => {
      const copy = picture.slice();
      for (let channel = 0; channel < channels; channel += 1)
        for (let r = row; r < Math.min(size.height, row + pixels); r += 1) {
          const start = (channel * size.height + r) * size.width;
          copy.fill(0, start + column, start + Math.min(size.width, column + pixels));
        }
      return copy;
    };
    const whole = (await session.run(manyOf(network, inputs, full([picture]))))['logits']?.data[0] ?? 0;
    const drops = new Float32Array(size.height * size.width);
    const times = new Float32Array(drops.length);
    for (let first = 0; first < corners.length; first += AT_ONCE) {
      const here = corners.slice(first, first + AT_ONCE);
      const logits = (await session.run(manyOf(network, inputs, full(here.map(covered)))))['logits']?.data;
      here.forEach(({ row, column }, index) => {
        const drop = whole - (logits?.[index] ?? whole);
        for (let r = row; r < Math.min(size.height, row + pixels); r += 1)
          for (let c = column; c < Math.min(size.width, column + pixels); c += 1) {
            drops[r * size.width + c] = (drops[r * size.width + c] as number) + drop;
            times[r * size.width + c] = (times[r * size.width + c] as number) + 1;
          }
      });
    }
    const mean = drops.map((drop, pixel) => drop / Math.max(1, times[pixel] as number));
    return scaled(mean, size, { probability: one(squashed(whole)) });
  } finally {
    await session.close();
  }
}

/** The explained logits of a batch, and if wanted their gradients with respect to the picture. */
function logitGraph(network: Network, parameters: Float32Array, withGradient: boolean): Uint8Array {
  const { name } = pictureOf(network);
  const explained = network.explained?.logits ?? '';
  const { graph, tape, values } = storedNetwork(network, parameters, { batch: AT_ONCE, wanted: [explained, name] });
  const [logits, picture] = [values.get(explained), values.get(name)];
  if (!logits || !picture) throw new UnicaError('engine.spec-invalid', { problem: 'a layer is missing' });
  graph.output('logits', logits);
  if (withGradient) {
    const [gradient] = tape.gradients(logits, graph.filled(logits.shape, 1), [picture]);
    if (gradient) graph.output('gradient', gradient);
  }
  return graph.encode();
}

/** The picture of a network: its first input, [channel, row, column]. */
function pictureOf({ inputs, explained }: Network) {
  const [first] = inputs;
  if (explained === undefined || first === undefined || first.shape.length !== 3)
    throw new UnicaError('engine.spec-invalid', { problem: 'it does not say which picture and layer explain it' });
  const [channels = 1, height = 1, width = 1] = first.shape;
  return { name: first.name, length: tensorLength(first), channels, size: { height, width } };
}

/** One example again and again with other pictures. */
function manyOf(
  network: Network,
  inputs: Inputs,
  pictures: readonly Float32Array[],
): Readonly<Record<string, Numbers>> {
  return Object.fromEntries(
    network.inputs.map((tensor, index) => {
      const length = tensorLength(tensor);
      const data = new Float32Array(length * pictures.length);
      pictures.forEach((picture, row) => {
        data.set(index === 0 ? picture : (inputs[tensor.name] ?? picture), row * length);
      });
      return [tensor.name, { data, shape: [pictures.length, ...tensor.shape] }];
    }),
  );
}

/** As many pictures as a run takes; the last fills up. */
function full(pictures: readonly Float32Array[]): readonly Float32Array[] {
  return Array.from(
    { length: AT_ONCE },
    (_, index) => pictures[Math.min(index, pictures.length - 1)] ?? new Float32Array(),
  );
}

function one(value: number): Numbers {
  return { data: Float32Array.of(value), shape: [1] };
}

function squashed(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function whole(what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 4096)
    throw new UnicaError('engine.settings-invalid', { problem: `${what} is not a whole number from 1 to 4096` });
  return value;
}
