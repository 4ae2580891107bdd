import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { exportOnnx } from './export-onnx.ts';
import { initialParameters } from './initial-parameters.ts';
import { noduleNetwork } from './nodule-network.ts';
import { OnnxSession } from './onnx-session.ts';
import { train } from './train.ts';

const side = 64;
const network = noduleNetwork({ architecture: 'nodule', rows: side, columns: side, widths: [8, 8, 16] });
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

test('the exported model answers for any number of pictures, and its answer is the log-sum-exp of its map', async () => {
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

test('it learns whether there is a spot, and where', async () => {
  const { image, label, places, counted, spots } = examples(128);
  const { parameters } = await train({
    model: network,
    parameters: initialParameters(network, 1),
    data: { count: 128, inputs: { image }, targets: { label, places, counted } },
    epochs: 20,
    batchSize: 16,
    learningRate: 3e-3,
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
});
