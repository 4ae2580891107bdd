import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { explain } from './explain.ts';
import { explanationGates } from './explanation-gates.ts';
import { exportOnnx } from './export-onnx.ts';
import { initialParameters } from './initial-parameters.ts';
import { checkedSpec } from './model-spec.ts';
import { noduleNetwork } from './nodule-network.ts';
import { OnnxSession } from './onnx-session.ts';
import { predictAll } from './predictor.ts';
import { train } from './train.ts';

const side = 64;
/** One that looks at a cell's own neighbourhood, and one that looks at the whole film as well. */
const NETWORKS = [
  { widths: [8, 8, 16], epochs: 20, learningRate: 3e-3 },
  // It first answers for the whole film in one cell at its rim, and only then where the spot is.
  { widths: [8, 8, 16, 8], epochs: 25, learningRate: 6e-3 },
].map(({ widths, ...training }) => ({
  name: `${widths.length} widths`,
  ...training,
  network: noduleNetwork({ architecture: 'nodule', rows: side, columns: side, widths }),
}));
const cells = (side / 4) ** 2;

/** Noise, and in every second picture a soft spot with its cell marked. */
function examples(count: number) {
  const random = new SeededRandom('spots');
  const image = Float32Array.from({ length: count * side * side }, () => 0.3 * random.normal());
  const label = new Float32Array(count);
  const places = new Float32Array(count * cells);
  const spots: { readonly row: number; readonly column: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    const [row, column] = [8 + random.below(side - 16), 8 + random.below(side - 16)];
    spots.push({ row, column });
    if (index % 2 === 0) continue;
    label[index] = 1;
    places[index * cells + Math.floor(row / 4) * (side / 4) + Math.floor(column / 4)] = 1;
    for (let r = -6; r <= 6; r += 1)
      for (let c = -6; c <= 6; c += 1) {
        const at = index * side * side + (row + r) * side + column + c;
        image[at] = (image[at] ?? 0) + 1.5 * Math.exp(-(r * r + c * c) / 9);
      }
  }
  return { image, label, places, counted: new Float32Array(count * cells).fill(1), spots };
}

for (const { name, network } of NETWORKS) {
  test(`${name}: the exported model answers for any number of pictures, and its answer is the log-sum-exp of its map`, async () => {
    const parameters = initialParameters(network, 1);
    const session = await OnnxSession.open(exportOnnx(network, parameters));
    const { image } = examples(5);
    const all = await session.run({ image: { data: image, shape: [5, 1, side, side] } });
    const one = await session.run({
      image: { data: image.slice(2 * side * side, 3 * side * side), shape: [1, 1, side, side] },
    });
    await session.close();
    const [probability, map] = [all['probability']?.data ?? [], all['map']?.data ?? new Float32Array()];
    assert.equal(map.length, 5 * cells);
    assert.ok(Math.abs((one['probability']?.data[0] ?? 9) - (probability[2] ?? 0)) < 1e-6);
    for (let index = 0; index < 5; index += 1) {
      // Σ e^logit = Σ p / (1 − p), and a logit of log Σ is the odds Σ.
      const odds = map.subarray(index * cells, (index + 1) * cells).reduce((sum, p) => sum + p / (1 - p), 0);
      assert.ok(Math.abs((probability[index] ?? 9) - odds / (1 + odds)) < 1e-4);
    }
  });
}

for (const { name, network, epochs, learningRate } of NETWORKS) {
  test(`${name}: it learns whether there is a spot, and where, and its map points at it and orders the picture`, async () => {
    const { image, label, places, counted, spots } = examples(128);
    const { parameters } = await train({
      model: network,
      parameters: initialParameters(network, 1),
      data: { count: 128, inputs: { image }, targets: { label, places, counted } },
      epochs,
      batchSize: 16,
      learningRate,
      seed: 1,
      optimiser: { kind: 'adam' },
      workers: 1,
    });
    const session = await OnnxSession.open(exportOnnx(network, parameters));
    const { probability, map } = await session.run({ image: { data: image, shape: [128, 1, side, side] } });
    await session.close();
    const right = [...label].filter((truth, index) => ((probability?.data[index] ?? 0) > 0.5 ? 1 : 0) === truth).length;
    assert.ok(right > 115, `${right} of 128`);
    const hits = spots.filter(({ row, column }, index) => {
      const own = map?.data.slice(index * cells, (index + 1) * cells) ?? new Float32Array();
      const strongest = own.indexOf(own.reduce((most, value) => Math.max(most, value), 0));
      const [r, c] = [Math.floor(strongest / 16) * 4 + 2, (strongest % 16) * 4 + 2];
      return index % 2 === 1 && Math.hypot(r - row, c - column) <= 6;
    }).length;
    assert.ok(hits > 55, `${hits} of 64 spots`);
    const cases = spots.slice(0, 8).flatMap(({ row, column }, index) =>
      index % 2 === 1
        ? [
            {
              inputs: { image: image.slice(index * side * side, (index + 1) * side * side) },
              spot: { x: column + 0.5, y: row + 0.5, radius: [4, 4] as const },
            },
          ]
        : [],
    );
    const { gates } = await explanationGates(network, parameters, { kind: 'location-map' }, cases);
    for (const { gate, figure, passed } of gates)
      if (gate !== 'parameter-randomisation') assert.ok(passed, `${gate} ${figure}`);
  });
}

test('four widths: a film moved by a cell of the smallest size has its map moved as far', async () => {
  const [large, patch] = [512, 8];
  const spec = { architecture: 'nodule', rows: large, columns: large, widths: [4, 4, 4, 4] } as const;
  const random = new SeededRandom('patch');
  const texture = Float32Array.from({ length: patch * patch }, () => random.normal());
  const parameters = initialParameters(spec, 1);
  const mapOf = async (top: number, left: number): Promise<Float32Array> => {
    const image = new Float32Array(large * large);
    texture.forEach((value, at) => {
      image[(top + Math.floor(at / patch)) * large + left + (at % patch)] = value;
    });
    return (await predictAll(spec, parameters, { image }, 1))['map'] ?? new Float32Array();
  };
  const width = large / 4;
  const [before, after] = [await mapOf(256, 256), await mapOf(272, 224)];
  const empty = before[0] ?? 0;
  assert.ok(before.some((value) => Math.abs(value - empty) > 1e-3 * empty));
  for (let row = 0; row < width - 4; row += 1)
    for (let column = 8; column < width; column += 1) {
      const [was, is] = [before[row * width + column] ?? 9, after[(row + 4) * width + column - 8] ?? 9];
      assert.ok(Math.abs(was - is) < 1e-4 * empty, `${row}, ${column}: ${was} ${is}`);
    }
});

test('a model without an answer by place has no location map', async () => {
  const spec = {
    ...({ architecture: 'resnet8', inputSize: 16, channels: 1, outputs: 1 } as const),
    ...({ widths: [4, 4, 4], stemStride: 1, norm: 'group' } as const),
  };
  await assert.rejects(
    explain(spec, initialParameters(spec, 1), { image: new Float32Array(256) }, { kind: 'location-map' }),
    { code: 'engine.spec-invalid' },
  );
});

test('four widths go four times down: sides are multiples of 16', () => {
  const spec = { architecture: 'nodule', rows: 72, columns: 64 } as const;
  assert.equal(checkedSpec({ ...spec, widths: [4, 4, 8] }).rows, 72);
  assert.throws(() => checkedSpec({ ...spec, widths: [4, 4, 8, 8] }), { code: 'engine.spec-invalid' });
  assert.throws(() => checkedSpec({ ...spec, rows: 64, widths: [4, 4, 8, 8, 8] }), { code: 'engine.spec-invalid' });
});
