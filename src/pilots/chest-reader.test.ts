import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, utf8 } from '#base';
import { type Attributes, buildDicom, parseDicom } from '#dicom';
import { initialParameters } from '#engine';
import { CHEST_CONTRACT, fitPictureGate, plainFrame, seenFilm } from '#films';
import { chestModelOf } from './chest-model.ts';
import { openChestReader } from './chest-reader.ts';
import { contrastDetector } from './contrast-detector.ts';
import { isNormalFilm, noduleSample, preparedHost } from './nodule-task.ts';
import { taskByName } from './tasks.ts';

const side = 128;
const SPEC = { architecture: 'nodule', rows: 256, columns: 256, widths: [4, 4, 8] } as const;

/** Two dark lungs in a body, as stored values of twelve bits. */
function chestValues(seed: string): Uint16Array {
  const random = new SeededRandom(seed);
  const shift = 0.01 * random.normal();
  return Uint16Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [(index % side) / side + shift, Math.floor(index / side) / side];
    if (Math.abs(x - 0.5) > 0.46) return 80 + random.below(20);
    const lung = [0.29, 0.71].some((middle) => ((x - middle) / 0.15) ** 2 + ((y - 0.45) / 0.33) ** 2 < 1);
    return Math.round((lung ? 1200 : 2900) + 60 * random.normal());
  });
}

function fileOf(values: Uint16Array, attributes: Attributes = {}) {
  return parseDicom(
    buildDicom(
      {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
        SOPInstanceUID: '1.2.3',
        Modality: 'DX',
        BodyPartExamined: 'CHEST',
        ViewPosition: 'PA',
        PixelSpacing: [2.8, 2.8],
        ...attributes,
      },
      { rows: side, columns: side, values, bitsStored: 12, photometricInterpretation: 'MONOCHROME2' },
    ),
  );
}

const frameOf = (values: Uint16Array) =>
  plainFrame({ rows: side, columns: side, values, bitsStored: 12 }, { pixelSpacingMm: [2.8, 2.8] });
const seen = (seed: string) => seenFilm({ frame: frameOf(chestValues(seed)), header: {} }, CHEST_CONTRACT);
const gate = fitPictureGate(
  Array.from({ length: 48 }, (_, index) => seen(`known/${index}`)),
  Array.from({ length: 24 }, (_, index) => seen(`other/${index}`)),
);
const parameters = initialParameters(SPEC, 1);
const reader = await openChestReader({ spec: SPEC, parameters, contract: CHEST_CONTRACT, gate });

test('a film of the known kind has a score, a map and no reason against it', async () => {
  const reading = await reader.read(fileOf(chestValues('known/0')));
  assert.equal(reading.kind, 'scored');
  if (reading.kind !== 'scored') return;
  assert.deepEqual(reading.reasons, []);
  assert.ok(reading.probability >= 0 && reading.probability <= 1);
  assert.deepEqual([reading.map.length, reading.mapRows, reading.mapColumns], [4096, 64, 64]);
  assert.ok(reading.marks.every(({ x, y }) => x >= 0 && y >= 0 && x <= side && y <= side));
});

test('a model that gives no number is a fault, not a score', async () => {
  const broken = await openChestReader({
    spec: SPEC,
    parameters: parameters.map(() => 1e30),
    contract: CHEST_CONTRACT,
    gate,
  });
  await assert.rejects(broken.read(fileOf(chestValues('known/0'))), { code: 'pilots.model-unfit' });
  await broken.close();
});

const inverted = chestValues('known/1').map((value) => 4095 - value);
const noise = (() => {
  const random = new SeededRandom('noise');
  return Uint16Array.from({ length: side * side }, () => random.below(4096));
})();

for (const [what, file, kind, codes] of [
  ['black and white exchanged', fileOf(inverted), 'scored', ['unlike']],
  ['noise', fileOf(noise), 'scored', ['unlike']],
  ['a CT slice', fileOf(chestValues('ct'), { Modality: 'CT' }), 'refused', ['modality']],
  ['a hand', fileOf(chestValues('hand'), { BodyPartExamined: 'HAND' }), 'refused', ['body-part']],
  [
    'a raw film',
    fileOf(chestValues('raw'), { PresentationIntentType: 'FOR PROCESSING' }),
    'refused',
    ['for-processing'],
  ],
  ['one grey', fileOf(new Uint16Array(side * side).fill(7)), 'refused', ['pixels']],
  [
    'a secondary capture',
    fileOf(chestValues('known/2'), { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }),
    'scored',
    ['secondary-capture'],
  ],
] as const)
  test(`never a silent score: ${what}`, async () => {
    const reading = await reader.read(file);
    assert.equal(reading.kind, kind);
    assert.deepEqual(
      reading.reasons.map(({ code }) => code),
      codes,
    );
  });

test('a model folder without its contract or gate, or of another kind, reads no chest film', () => {
  const parts = {
    'preprocessing.json': utf8(JSON.stringify(CHEST_CONTRACT)),
    'gate.json': utf8(JSON.stringify(gate)),
  };
  assert.deepEqual(chestModelOf({ spec: SPEC, parameters, parts }), {
    spec: SPEC,
    parameters,
    contract: CHEST_CONTRACT,
    gate,
  });
  const other = { ...SPEC, rows: 128 };
  const gates = [
    { ...gate, components: [[1, 2]] },
    { ...gate, stdDev: gate.stdDev.slice(1) },
    { ...gate, variances: gate.variances.slice(1) },
    { ...gate, stdDev: gate.stdDev.map(() => 0) },
    { ...gate, mean: [0], stdDev: [1], components: [[1]], variances: [1] },
  ].map((document) => ({ spec: SPEC, parameters, parts: { ...parts, 'gate.json': utf8(JSON.stringify(document)) } }));
  for (const wrong of [
    { spec: SPEC, parameters },
    { spec: SPEC, parameters, parts: { 'gate.json': parts['gate.json'] } },
    { spec: SPEC, parameters, parts: { ...parts, 'gate.json': utf8('{') } },
    ...gates,
    { spec: other, parameters, parts },
    { spec: taskByName('chest-28').model, parameters, parts },
  ])
    assert.throws(() => chestModelOf(wrong), { code: 'pilots.model-unfit' });
});

test('the contrast detector finds a disc and its place', () => {
  const random = new SeededRandom('disc');
  const values = Float32Array.from({ length: 128 * 128 }, () => 0.2 * random.normal());
  const plain = contrastDetector({ rows: 128, columns: 128, values }, undefined);
  for (let row = -5; row <= 5; row += 1)
    for (let column = -5; column <= 5; column += 1)
      if (row * row + column * column <= 25) values[(70 + row) * 128 + 40 + column] = 1;
  const found = contrastDetector({ rows: 128, columns: 128, values }, undefined);
  assert.ok(found.score > 3 * plain.score);
  assert.ok(Math.hypot(found.x - 40, found.y - 70) < 4);
});

test('a task puts nodules into a normal film anew for each seed, at the size of the network', () => {
  const task = taskByName('chest-nodule');
  assert.ok(task.nodules);
  const host = preparedHost({ frame: frameOf(chestValues('task')), header: {} }, task.nodules);
  assert.ok(host);
  assert.equal(host.film.frame.values.length, 65_536);
  assert.deepEqual(host.spacingMm, [1.4, 1.4]);
  const samples = Array.from({ length: 24 }, (_, turn) => noduleSample(host, task.nodules as never, `film/${turn}`));
  const labels = samples.map(({ label }) => label);
  assert.ok(labels.includes(0) && labels.includes(1));
  assert.deepEqual(noduleSample(host, task.nodules, 'film/3'), samples[3]);
  for (const { inputs, targets, label } of samples) {
    assert.equal(inputs['image']?.length, 65_536);
    assert.equal(targets['places']?.includes(1), label === 1);
  }
});

test('films with a finding receive no nodule', () => {
  assert.ok(isNormalFilm([]) && isNormalFilm(['No Finding']) && !isNormalFilm(['Effusion']));
});

test.after(async () => await reader.close());
