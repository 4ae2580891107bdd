// Test aid: holds an operator's graph, forward and backward, to its definition in 64 bits and central differences.
import assert from 'node:assert/strict';
import { SeededRandom } from '#base';
import type { ChannelBlock } from './feature-layout.ts';
import type { Reference } from './float64-reference.ts';
import { GraphBuilder } from './graph-builder.ts';
import { elementCount, type Shape, type Value } from './graph-value.ts';
import { OnnxSession } from './onnx-session.ts';
import { apart, together } from './operators/layout.ts';
import { Tape, type TapeMode } from './tape.ts';

/** One operator under test. */
export interface GradientCheck {
  readonly inputs: readonly { readonly shape: Shape; readonly data: Float32Array }[];
  /** Inputs whose gradients are checked, the first so many; all unless told. */
  readonly differentiable?: number;
  readonly write: (tape: Tape, ...inputs: Value[]) => Value;
  readonly reference: (...inputs: Reference[]) => Reference;
  /** Largest difference allowed, relative to the largest number of the compared tensor. */
  readonly tolerance?: number;
  /** Memory order in which the operator is to work, where the channels of its first input fill whole blocks; plain unless told. */
  readonly block?: ChannelBlock;
  /** 'inference' unless told. */
  readonly mode?: TapeMode;
}

/** Repeatable numbers, standard normal. */
export function normals(random: SeededRandom, shape: Shape): { shape: Shape; data: Float32Array } {
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, () => random.normal()) };
}

/** Numbers at least 0.02 apart in random order: no central difference crosses a kink or swaps a maximum. */
export function spread(random: SeededRandom, shape: Shape): { shape: Shape; data: Float32Array } {
  const count = elementCount(shape);
  const order = random.permutation(count);
  return { shape, data: Float32Array.from(order, (rank) => (rank - count / 2 + 0.5) * 0.02) };
}

/** Fails when outputs or gradients differ from the reference. */
export async function checkGradients(check: GradientCheck): Promise<void> {
  const { inputs, write, reference, tolerance = 2e-5, block = 1 } = check;
  const differentiable = check.differentiable ?? inputs.length;
  const graph = new GraphBuilder();
  const tape = new Tape(graph, { block, mode: check.mode ?? 'inference' });
  const fed = inputs.map(({ shape }, index) => graph.input(`input${index}`, shape));
  const values = fed.map((value, index) => (index === 0 && fillsBlocks(value, block) ? together(tape, value) : value));
  const output = apart(tape, write(tape, ...values));
  // A seed that differs everywhere, so that mixed-up positions show.
  const seedData = normals(new SeededRandom('seed'), output.shape).data;
  const seed = graph.initializer('seed', output.shape, seedData);
  graph.output('output', output);
  tape.gradients(output, seed, fed.slice(0, differentiable)).forEach((gradient, index) => {
    graph.output(`gradient${index}`, gradient);
  });
  const session = await OnnxSession.open(graph.encode());
  try {
    const results = await session.run(Object.fromEntries(inputs.map((input, index) => [`input${index}`, input])));
    const exact = inputs.map(({ shape, data }) => ({ shape, data: Float64Array.from(data) }));
    const expected = reference(...exact);
    assert.deepEqual([...expected.shape], [...output.shape], 'shape');
    assertClose(results['output']?.data, expected.data, tolerance, 'output');
    const weigh = (): number =>
      reference(...exact).data.reduce((sum, value, index) => sum + value * (seedData[index] as number), 0);
    for (let index = 0; index < differentiable; index += 1) {
      const { data } = exact[index] as Reference;
      const gradient = results[`gradient${index}`]?.data ?? new Float32Array();
      assert.equal(gradient.length, data.length, `gradient of input ${index}: length`);
      const positions = sample(data.length, block === 1 ? 48 : 12);
      const slopes = Float64Array.from(positions, (position) => centralDifference(data, position, weigh));
      const written = Float32Array.from(positions, (position) => gradient[position] as number);
      assertClose(written, slopes, tolerance, `gradient of input ${index}`);
    }
  } finally {
    await session.close();
  }
}

function fillsBlocks({ shape }: Value, block: ChannelBlock): boolean {
  return block !== 1 && shape.length === 4 && (shape[1] ?? 1) % 16 === 0;
}

/** All positions of a short tensor, some of a long one. */
function sample(length: number, most: number): Uint32Array {
  return new SeededRandom('positions').permutation(length).slice(0, most);
}

/** (f(x+h) − f(x−h)) / 2h along one number. */
export function centralDifference(data: Float64Array, position: number, f: () => number, h = 1e-5): number {
  const kept = data[position] as number;
  data[position] = kept + h;
  const above = f();
  data[position] = kept - h;
  const below = f();
  data[position] = kept;
  return (above - below) / (2 * h);
}

/** Fails when any number is further off than `tolerance` times the largest expected one. */
export function assertClose(
  actual: Float32Array | undefined,
  expected: Float64Array,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual?.length, expected.length, `${what}: length`);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  expected.forEach((value, index) => {
    const off = Math.abs((actual?.[index] ?? Number.NaN) - value);
    assert.ok(off <= tolerance * scale, `${what}[${index}]: ${actual?.[index]} instead of ${value}`);
  });
}
