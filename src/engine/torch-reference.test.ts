import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { channelBlock } from './feature-layout.ts';
import { GradientSession } from './gradient-session.ts';
import { GraphBuilder } from './graph-builder.ts';
import { attention } from './layers.ts';
import type { ModelSpec } from './model-spec.ts';
import { defineNetwork } from './network-builder.ts';
import { OnnxSession } from './onnx-session.ts';
import { OPERATIONS, type OperationName, type Settings } from './operations.ts';
import { apart } from './operators/layout.ts';
import { type OptimiserSpec, optimiserMemory, takeStep } from './optimiser.ts';
import { parameterTable } from './parameter-table.ts';
import { Tape } from './tape.ts';
import { train } from './train.ts';
import { VectorMemory } from './vector-memory.ts';
import { writeNetwork } from './write-network.ts';

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface LayerCase {
  readonly operation: OperationName;
  readonly settings: Settings;
  readonly inputs: readonly Tensor[];
  readonly seed: readonly number[];
  readonly output: Tensor;
  readonly gradients: readonly (readonly number[] | null)[];
  readonly running?: readonly (readonly number[])[];
  readonly after?: readonly (readonly number[])[];
}
/** Made by PyTorch (`scripts/torch-reference.py`) in 64 bits. */
const known: {
  readonly layers: readonly LayerCase[];
  readonly attention: LayerCase & { readonly mask: Tensor };
  readonly optimisers: {
    readonly learningRate: number;
    readonly start: readonly number[];
    readonly slopes: readonly (readonly number[])[];
    readonly cases: readonly { readonly spec: OptimiserSpec; readonly after: readonly number[] }[];
  };
  readonly training: {
    readonly names: readonly string[];
    readonly parameters: number;
    readonly losses: readonly number[];
    readonly gradientNorms: readonly number[];
    readonly gradientSamples: readonly (readonly number[])[];
  };
} = JSON.parse(readFileSync(new URL('../../src/engine/fixtures/torch-layers.json', import.meta.url), 'utf8'));

const fed = ({ shape, data }: Tensor) => ({ shape, data: Float32Array.from(data) });

function assertNear(
  actual: Float32Array | undefined,
  expected: readonly number[],
  what: string,
  tolerance = 2e-5,
): void {
  assert.equal(actual?.length, expected.length, what);
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  expected.forEach((value, index) => {
    const off = Math.abs((actual?.[index] ?? Number.NaN) - value);
    assert.ok(off <= tolerance * scale, `${what}[${index}]: ${actual?.[index]} instead of ${value}`);
  });
}

describe('every layer computes what PyTorch computes, and so do its gradients', () => {
  for (const one of known.layers) {
    it(`${one.operation} ${JSON.stringify(one.settings)}`, async () => {
      const graph = new GraphBuilder();
      const tape = new Tape(graph, { mode: 'training' });
      const inputs = one.inputs.map(({ shape }, index) => graph.input(`input${index}`, shape));
      const running = one.running?.map((data, index) =>
        graph.initializer(`running${index}`, [data.length], Float32Array.from(data)),
      );
      const output = apart(tape, OPERATIONS[one.operation](tape, [...inputs, ...(running ?? [])], one.settings));
      assert.deepEqual(output.shape, one.output.shape);
      const wanted = inputs.filter((_, index) => one.gradients[index] !== null);
      const gradients = tape.gradients(
        output,
        graph.initializer('seed', output.shape, Float32Array.from(one.seed)),
        wanted,
      );
      graph.output('output', output);
      for (const [index, gradient] of gradients.entries()) graph.output(`gradient of ${wanted[index]?.name}`, gradient);
      running?.forEach((statistic, index) => {
        const value = tape.measured(statistic);
        if (value) graph.output(`measured${index}`, value);
      });
      const session = await OnnxSession.open(graph.encode());
      const results = await session.run(
        Object.fromEntries(one.inputs.map((input, index) => [`input${index}`, fed(input)])),
      );
      await session.close();
      assertNear(results['output']?.data, one.output.data, 'output');
      one.gradients.forEach((gradient, index) => {
        if (gradient) assertNear(results[`gradient of input${index}`]?.data, gradient, `gradient ${index}`, 1e-4);
      });
      one.after?.forEach((after, index) => {
        const before = one.running?.[index] ?? [];
        const measured = results[`measured${index}`]?.data ?? [];
        const moved = Float32Array.from(before, (value, place) => value + 0.1 * ((measured[place] ?? 9) - value));
        assertNear(moved, after, `running statistic ${index}`);
      });
    });
  }

  it('attention over a short axis with a mask', async () => {
    const one = known.attention;
    const [queries, keys, values] = one.inputs as readonly [Tensor, Tensor, Tensor];
    const network = defineNetwork((net) => {
      const node = (name: string, { shape }: Tensor) => net.input(name, shape.slice(1));
      net.output(
        'attended',
        attention({
          queries: node('q', queries),
          keys: node('k', keys),
          values: node('v', values),
          mask: node('m', one.mask),
        }),
      );
    });
    const graph = new GraphBuilder();
    const tape = new Tape(graph);
    const given = new Map(network.inputs.map(({ name, shape }) => [name, graph.input(name, [2, ...shape])]));
    const wanted = network.outputs[0]?.value ?? '';
    const output = writeNetwork(tape, network, given, [wanted]).get(wanted);
    assert.ok(output);
    graph.output('output', output);
    const leaves = ['q', 'k', 'v'].flatMap((name) => given.get(name) ?? []);
    tape
      .gradients(output, graph.initializer('seed', output.shape, Float32Array.from(one.seed)), leaves)
      .forEach((gradient, index) => {
        graph.output(`gradient${index}`, gradient);
      });
    const session = await OnnxSession.open(graph.encode());
    const results = await session.run({ q: fed(queries), k: fed(keys), v: fed(values), m: fed(one.mask) });
    await session.close();
    assertNear(results['output']?.data, one.output.data, 'output');
    one.gradients.forEach((gradient, index) => {
      assertNear(results[`gradient${index}`]?.data, gradient ?? [], `gradient ${index}`, 1e-4);
    });
  });
});

describe('optimisers take the steps that PyTorch takes', () => {
  const { start, slopes, learningRate, cases } = known.optimisers;
  for (const { spec, after } of cases) {
    it(JSON.stringify(spec), () => {
      const { memory: shared, spans } = VectorMemory.layOut(
        Array<number>(2 + optimiserMemory(spec)).fill(start.length),
      );
      const vectors = new VectorMemory(shared);
      const [parameters, gradient, ...memory] = spans.map((span) => vectors.numbers(span)) as [
        Float32Array,
        Float32Array,
      ];
      parameters.set(start);
      slopes.forEach((slope, index) => {
        gradient.set(slope);
        takeStep(vectors, { spec, parameters, gradient, memory, learningRate, step: index + 1 });
      });
      assertNear(parameters, after, 'parameters', 1e-6);
    });
  }
});

describe('a whole training equals that of PyTorch', () => {
  const spec: ModelSpec = {
    architecture: 'resnet8',
    inputSize: 28,
    channels: 1,
    outputs: 1,
    widths: [16, 32, 64],
    stemStride: 1,
  };
  const count = 8;
  const table = parameterTable(spec);
  const parameters = new Float32Array(table.total);
  table.entries.forEach(({ name, shape, size, offset }, place) => {
    const fan = size / (shape[0] ?? 1);
    for (let index = 0; index < size; index += 1) {
      const wave = Math.sin(index * 1.7 + place);
      parameters[offset + index] =
        shape.length > 1 ? wave * Math.sqrt(2 / fan) : 0.1 * wave + (name.endsWith('scale') ? 1 : 0);
    }
  });
  const image = Float32Array.from(
    { length: count * 784 },
    (_, index) => Math.sin(index * 0.37) + Math.cos(index * 0.011),
  );
  const label = Float32Array.from({ length: count }, (_, index) => (index % 3 === 0 ? 1 : 0));

  it('the same tensors by the same names', () => {
    assert.deepEqual(
      table.entries.map(({ name }) => name),
      known.training.names,
    );
    assert.equal(table.total, known.training.parameters);
  });

  it('the loss and every gradient of the first step', async () => {
    const session = await GradientSession.open(spec, { batch: count, block: await channelBlock() });
    const { loss, gradient } = await session.run(parameters, {
      image: { data: image, shape: [count, 1, 28, 28] },
      label: { data: label, shape: [count, 1] },
      weights: { data: new Float32Array(count).fill(1 / count), shape: [count] },
    });
    await session.close();
    assertNear(Float32Array.of(loss), known.training.losses.slice(0, 1), 'loss', 1e-5);
    table.entries.forEach(({ name, offset, size }, place) => {
      const part = gradient.subarray(offset, offset + size);
      const norm = known.training.gradientNorms[place] ?? 0;
      assertNear(Float32Array.of(Math.hypot(...part)), [norm], `length of the gradient of ${name}`, 1e-4);
      known.training.gradientSamples[place]?.forEach((sample, index) => {
        const slope = part[[0, Math.floor(size / 2), size - 1][index] ?? 0] ?? Number.NaN;
        assert.ok(Math.abs(slope - sample) < 1e-4 * norm, `${name}: ${slope} instead of ${sample}`);
      });
    });
  });

  it('the losses of twenty steps of Adam', async () => {
    const losses: number[] = [];
    await train({
      model: spec,
      parameters,
      data: { count, inputs: { image }, targets: { label } },
      epochs: 20,
      batchSize: count,
      learningRate: 1e-3,
      seed: 1,
      optimiser: { kind: 'adam' },
      onStep: ({ loss }) => losses.push(loss),
    });
    known.training.losses.forEach((loss, step) => {
      assert.ok(Math.abs((losses[step] ?? 9) - loss) < 2e-3, `step ${step + 1}: ${losses[step]} instead of ${loss}`);
    });
  });
});
