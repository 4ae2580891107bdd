import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { explain } from './explain.ts';
import { exportOnnx } from './export-onnx.ts';
import { channelBlock } from './feature-layout.ts';
import { GradientSession } from './gradient-session.ts';
import { bilinear, heatMap, onProbabilityScale } from './heat-map.ts';
import { initialParameters } from './initial-parameters.ts';
import type { ModelSpec } from './model-spec.ts';
import { OnnxSession } from './onnx-session.ts';
import { openPredictor, predict } from './predictor.ts';

const spec: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 20,
  channels: 3,
  outputs: 1,
  widths: [16, 32, 48],
  stemStride: 2,
};
const square = (side: number) => ({ height: side, width: side });
const random = new SeededRandom('predictor');
const parameters = initialParameters(spec, 2);
const count = 37;
const images = Float32Array.from({ length: count * 1200 }, () => random.normal());

it("the exported model stands alone and gives the predictor's numbers, any batch", async () => {
  const bytes = exportOnnx(spec, parameters, { 'unica.title': 'test' });
  const text = new TextDecoder('latin1').decode(bytes);
  assert.ok(!text.includes('com.microsoft'), 'only operators of the standard');
  const session = await OnnxSession.open(bytes);
  const expected = await predict(spec, parameters, { image: images }, count);
  for (const batch of [1, 5]) {
    const results = await session.run({ image: { data: images.slice(0, batch * 1200), shape: [batch, 3, 20, 20] } });
    const probability = results['probability'];
    assert.deepEqual(probability?.shape, [batch, 1]);
    probability?.data.forEach((value, index) => {
      assert.ok(Math.abs(value - (expected[index] ?? 9)) < 1e-6, `${value} and ${expected[index]}`);
    });
  }
  await session.close();
  assert.ok(new Set(expected).size > 30, 'different pictures, different answers');
});

it('the predictor and the training graph are one network: the loss follows from the probabilities', async () => {
  const session = await GradientSession.open(spec, { batch: 16, block: await channelBlock() });
  const labels = Float32Array.from({ length: 16 }, (_, index) => index % 2);
  const { loss } = await session.run(parameters, {
    image: { data: images.slice(0, 16 * 1200), shape: [16, 3, 20, 20] },
    label: { data: labels, shape: [16, 1] },
    weights: { data: new Float32Array(16).fill(1), shape: [16] },
  });
  await session.close();
  const probabilities = await predict(spec, parameters, { image: images.slice(0, 16 * 1200) }, 16);
  const expected = labels.reduce((sum, label, index) => {
    const probability = probabilities[index] ?? Number.NaN;
    return sum - Math.log(label === 1 ? probability : 1 - probability);
  }, 0);
  assert.ok(Math.abs(loss - expected) < 1e-4);
});

it('a predictor answers often, reads shared memory, and refuses what does not fit', async () => {
  const predictor = await openPredictor(spec, parameters);
  const once = await predictor.predict({ image: images }, count);
  const shared = new Float32Array(new SharedArrayBuffer(images.byteLength));
  shared.set(images);
  assert.deepEqual(await predictor.predict({ image: shared }, count), once);
  assert.deepEqual(await predictor.predict({ image: new Float32Array() }, 0), new Float32Array());
  await assert.rejects(predictor.predict({ image: images }, count - 1), { code: 'engine.data-mismatch' });
  await assert.rejects(predictor.predict({}, count), { code: 'engine.data-mismatch' });
  await assert.rejects(explain(spec, parameters, { image: images }), { code: 'engine.data-mismatch' });
  const cam = await explain(spec, parameters, { image: images.slice(0, 1200) });
  assert.ok(Math.abs(cam.probability - (once[0] ?? 9)) < 1e-6);
  await predictor.close();
  await assert.rejects(openPredictor(spec, parameters.slice(1)), UnicaError);
});

it('a model that looks at several views answers their mean, wherever it is asked', async () => {
  const several = { ...spec, views: { shiftPixels: 2, mirror: true } };
  const picture = images.slice(0, 1200);
  const at = (channel: number, row: number, column: number): number =>
    picture[(channel * 20 + Math.min(19, Math.max(0, row))) * 20 + Math.min(19, Math.max(0, column))] as number;
  const steps = [0, 2, -2];
  const views = [false, true].flatMap((mirrored) =>
    steps.flatMap((down) =>
      steps.map((right) =>
        Float32Array.from({ length: 1200 }, (_, index) => {
          const row = (Math.floor(index / 20) % 20) + down;
          const column = Math.min(19, Math.max(0, (index % 20) + right));
          return at(Math.floor(index / 400), row, mirrored ? 19 - column : column);
        }),
      ),
    ),
  );
  const each = await predict(spec, parameters, { image: Float32Array.from(views.flatMap((view) => [...view])) }, 18);
  const mean = each.reduce((sum, value) => sum + value, 0) / 18;
  assert.ok(Math.abs(mean - (each[0] ?? 9)) > 1e-4, 'views differ');
  const all = await predict(several, parameters, { image: images }, count);
  assert.ok(Math.abs((all[0] ?? 9) - mean) < 1e-6);
  const session = await OnnxSession.open(exportOnnx(several, parameters));
  const exported = await session.run({ image: { data: images, shape: [count, 3, 20, 20] } });
  await session.close();
  assert.deepEqual(exported['probability']?.shape, [count, 1]);
  exported['probability']?.data.forEach((value, index) => {
    assert.ok(Math.abs(value - (all[index] ?? 9)) < 1e-6);
  });
  const explained = await explain(several, parameters, { image: picture });
  assert.ok(Math.abs(explained.probability - mean) < 1e-6);
  assert.deepEqual(explained.map, (await explain(spec, parameters, { image: picture })).map);
});

it('a model that looks at larger and smaller views answers the mean of what it says to each', async () => {
  const picture = images.slice(0, 1200);
  const held = (place: number): number => Math.min(19, Math.max(0, place));
  /** Bilinear, about the middle. */
  const seen = (channel: number, row: number, column: number): number => {
    const at = (r: number, c: number): number => picture[(channel * 20 + r) * 20 + c] as number;
    const [y, x] = [held(row), held(column)];
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [below, right] = [Math.min(19, top + 1), Math.min(19, left + 1)];
    const upper = at(top, left) * (left + 1 - x) + at(top, right) * (x - left);
    const lower = at(below, left) * (left + 1 - x) + at(below, right) * (x - left);
    return upper * (top + 1 - y) + lower * (y - top);
  };
  for (const [shiftPixels, mirror, count] of [
    [2, true, 36],
    [0, false, 2],
  ] as const) {
    const steps = shiftPixels > 0 ? [0, shiftPixels, -shiftPixels] : [0];
    const views = [1.1, 0.9].flatMap((times) =>
      (mirror ? [false, true] : [false]).flatMap((mirrored) =>
        steps.flatMap((down) =>
          steps.map((right) =>
            Float32Array.from({ length: 1200 }, (_, index) => {
              const row = Math.floor(index / 20) % 20;
              const column = mirrored ? 19 - (index % 20) : index % 20;
              const place = (of: number, step: number): number => (of - 9.5) / times + 9.5 + step;
              return seen(Math.floor(index / 400), place(row, down), place(column, right));
            }),
          ),
        ),
      ),
    );
    const each = await predict(
      spec,
      parameters,
      { image: Float32Array.from(views.flatMap((view) => [...view])) },
      count,
    );
    const mean = each.reduce((sum, value) => sum + value, 0) / count;
    const several = { ...spec, views: { shiftPixels, mirror, zoom: 0.1 } };
    const all = await predict(
      several,
      parameters,
      { image: Float32Array.from([...picture, ...images.slice(1200, 2400)]) },
      2,
    );
    assert.ok(Math.abs((all[0] ?? 9) - mean) < 1e-6, `${all[0]} for ${mean}`);
    const asItIs = await predict(spec, parameters, { image: picture }, 1);
    assert.ok(Math.abs(mean - (asItIs[0] ?? 9)) > 1e-5, 'views differ');
    const session = await OnnxSession.open(exportOnnx(several, parameters));
    const exported = await session.run({ image: { data: images.slice(0, 2400), shape: [2, 3, 20, 20] } });
    await session.close();
    exported['probability']?.data.forEach((value, index) => {
      assert.ok(Math.abs(value - (all[index] ?? 9)) < 1e-6);
    });
    assert.equal(exported['probability']?.data.length, 2);
  }
});

it('views that leave too little of a picture are refused', () => {
  for (const views of [
    { shiftPixels: 6, mirror: false },
    { shiftPixels: 2, mirror: false, zoom: 0.6 },
    { shiftPixels: 2, mirror: false, zoom: -0.1 },
    { shiftPixels: 2, mirror: false, zoom: Number.NaN },
  ])
    assert.throws(() => exportOnnx({ ...spec, views }, parameters), { code: 'engine.spec-invalid' });
});

it("Grad-CAM has the picture's size and values from 0 to 1", async () => {
  const cam = await explain(spec, parameters, { image: images.slice(0, 1200) });
  assert.deepEqual([cam.width, cam.height, cam.map.length], [20, 20, 400]);
  const strongest = Math.max(...cam.map);
  assert.ok(cam.map.every((value) => value >= 0 && value <= 1));
  assert.ok(strongest === 1 || strongest === 0);
});

it('Grad-CAM weighs each map by its mean gradient and keeps what is positive', () => {
  const shape = [1, 2, 2, 2];
  const outputs = {
    activation: { shape, data: Float32Array.of(4, 0, 0, 0, 0, 8, 0, 2) },
    gradient: { shape, data: Float32Array.of(1, 1, 1, 1, -1, -1, 0, 0) },
    probability: { shape: [1, 1], data: Float32Array.of(0.25) },
  };
  // 4·map₁ − 2·map₂ = 16, −16, 0, −4 → 16, 0, 0, 0 → 1, 0, 0, 0.
  assert.deepEqual(heatMap(outputs, { height: 2, width: 2 }), {
    map: Float32Array.of(1, 0, 0, 0),
    width: 2,
    height: 2,
    probability: 0.25,
  });
});

it('on the scale of the answer a map is as strong as the answer, and empty where there is none', () => {
  const map = Float32Array.of(0, 0.5, 1);
  assert.deepEqual(onProbabilityScale({ map, probability: 0.25 }), Float32Array.of(0, 0.125, 0.25));
  assert.deepEqual(onProbabilityScale({ map, probability: Number.NaN }), new Float32Array(3));
});

it('stretching a map keeps constants, ends and straight lines', () => {
  assert.deepEqual(bilinear(Float32Array.of(3, 3, 3, 3), square(2), square(4)), new Float32Array(16).fill(3));
  const ramp = bilinear(Float32Array.of(0, 4, 0, 4), square(2), square(4));
  assert.deepEqual(ramp.slice(0, 4), Float32Array.of(0, 1, 3, 4));
});
