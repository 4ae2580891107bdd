import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import type { Frame } from '#dicom';
import { CHEST_CONTRACT, plainFrame, seenFilm } from '#films';
import { type HostFilm, hostFilm, insertNodules } from './insert-nodule.ts';
import { CROP_PX, noduleCrops, noduleExamples, spotOf } from './nodule-samples.ts';
import { excessAt, proceduralNodule, resizedShadow, smoothedShadow, vesselShadow } from './nodule-shadow.ts';

/** A body with two lungs, ribs and grain, of twelve bits. */
function chestFrame(seed: string, rest: Partial<Frame> = {}): Frame {
  const side = 256;
  const random = new SeededRandom(seed);
  const values = Uint16Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [(index % side) / side, Math.floor(index / side) / side];
    if (Math.abs(x - 0.5) > 0.46) return 100 + random.below(20);
    const lung = [0.29, 0.71].some((middle) => ((x - middle) / 0.15) ** 2 + ((y - 0.45) / 0.33) ** 2 < 1);
    const rib = 120 * Math.max(0, Math.sin(60 * y + 8 * Math.abs(x - 0.5))) ** 3;
    return Math.round((lung ? 1200 : 2900) + rib + 40 * random.normal());
  });
  return plainFrame({ rows: side, columns: side, values, bitsStored: 12 }, { pixelSpacingMm: [1.5, 1.5], ...rest });
}

function hostOf(frame: Frame): HostFilm {
  const host = hostFilm({ frame, header: {} });
  assert.ok(host);
  return host;
}

const plain = chestFrame('host');
const host = hostOf(plain);
const stream = {
  seed: 'test',
  diameterMm: [8, 24],
  contrast: [1, 4],
  contract: CHEST_CONTRACT,
} as const;

test('a film calibrates itself: from the lung to the bright parts it is 107 mm of water', () => {
  assert.ok(Math.abs(host.greyPerMm - 1740 / 107) < 1.5, `${host.greyPerMm}`);
});

test('equal seeds put equal nodules, and other pixels stay as they are', () => {
  const wish = { shadow: proceduralNodule(new SeededRandom(1), 15), contrast: 2 };
  const [a, b] = [1, 1].map(() => insertNodules(host, [wish], new SeededRandom('place')));
  assert.deepEqual(a, b);
  const [nodule] = a?.nodules ?? [];
  assert.ok(a && nodule);
  const changed = [...a.film.frame.values.keys()].filter((at) => a.film.frame.values[at] !== plain.values[at]);
  assert.ok(changed.length > 40);
  for (const at of changed) {
    const [dx, dy] = [(at % 256) + 0.5 - nodule.x, Math.floor(at / 256) + 0.5 - nodule.y];
    assert.ok(Math.hypot(dx, dy) * 1.5 < 1.2 * 15 + 3, 'within the reach of its spicules');
  }
});

test('what is added is the attenuation of the nodule, whatever lies before it', () => {
  const shadow = proceduralNodule(new SeededRandom(7), 20);
  const { film, nodules } = insertNodules(host, [{ shadow, contrast: 3 }], new SeededRandom('mass'));
  let added = 0;
  film.frame.values.forEach((value, at) => {
    added += value - (plain.values[at] as number);
  });
  assert.equal(nodules.length, 1);
  const mass = shadow.excessMm.reduce((sum, value) => sum + value, 0);
  const expected = (3 * mass * host.greyPerMm) / 1.5 ** 2;
  assert.ok(Math.abs(added / expected - 1) < 0.03, `${added} of ${expected}`);
});

test('in MONOCHROME1 the same nodule makes the film darker where it is', () => {
  const dark = chestFrame('host', {
    values: plain.values.map((value) => 4095 - value) as Uint16Array,
    photometricInterpretation: 'MONOCHROME1',
  });
  const other = hostOf(dark);
  assert.ok(Math.abs(other.greyPerMm + host.greyPerMm) < 0.01);
  const wish = { shadow: proceduralNodule(new SeededRandom(3), 15), contrast: 2 };
  const [a, b] = [host, other].map((one) => insertNodules(one, [wish], new SeededRandom('dark')));
  const seen = [a, b].map((one) => one && seenFilm(one.film, CHEST_CONTRACT).values);
  seen[0]?.forEach((value, at) => {
    assert.ok(Math.abs(value - (seen[1]?.[at] as number)) < 0.02);
  });
});

test('nodules lie in the lungs and keep apart', () => {
  const random = new SeededRandom('many');
  const wishes = Array.from({ length: 6 }, () => ({ shadow: proceduralNodule(random, 12), contrast: 1 }));
  const { nodules } = insertNodules(host, wishes, random);
  assert.ok(nodules.length >= 4);
  for (const [index, one] of nodules.entries()) {
    const inLung = [0.29, 0.71].some(
      (middle) => ((one.x / 256 - middle) / 0.15) ** 2 + ((one.y / 256 - 0.45) / 0.33) ** 2 < 1,
    );
    assert.ok(inLung);
    for (const other of nodules.slice(index + 1)) assert.ok(Math.hypot(one.x - other.x, one.y - other.y) * 1.5 > 24);
  }
});

test('films without lungs receive none', () => {
  const even = chestFrame('even', { values: Uint16Array.from({ length: 65536 }, (_, at) => 1000 + (at % 7)) });
  assert.equal(hostFilm({ frame: even, header: {} }), undefined);
});

test('a shadow of another size is thicker as it is wider, and a smoothed one weighs the same', () => {
  const shadow = proceduralNodule(new SeededRandom(5), 12);
  const large = resizedShadow(shadow, 18);
  const mass = (one: { readonly excessMm: Float32Array }) => one.excessMm.reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs(mass(large) / mass(shadow) / 1.5 ** 3 - 1) < 0.03);
  assert.ok(Math.abs(excessAt(large, 0, 0) / excessAt(shadow, 0, 0) - 1.5) < 0.1);
  const soft = smoothedShadow(shadow);
  assert.ok(Math.abs(mass(soft) / mass(shadow) - 1) < 0.06);
  assert.ok(Math.max(...soft.excessMm) < 0.2 * Math.max(...shadow.excessMm));
  assert.ok(Math.max(...vesselShadow(new SeededRandom(2), 5).excessMm) > 1);
});

test('examples: about half with a nodule, whose middle is marked; equal for equal seeds, whatever was drawn before', () => {
  const data = noduleExamples([host], stream, { first: 3, count: 8 });
  const later = noduleExamples([host], stream, { first: 10, count: 1 });
  assert.deepEqual(data.inputs['image']?.subarray(7 * 65536), later.inputs['image']);
  const labels = data.targets['label'] ?? new Float32Array();
  const places = data.targets['places'] ?? new Float32Array();
  assert.ok(labels.includes(1) && labels.includes(0));
  labels.forEach((label, at) => {
    const marked = places.subarray(at * 4096, (at + 1) * 4096).reduce((sum, value) => sum + value, 0);
    assert.equal(marked > 0, label === 1);
  });
});

test('crops: however a film is seen, the marked cells hold its nodules; equal for equal seeds', () => {
  const plain = { ...stream, diameterMm: [16, 24], contrast: [30, 31] } as const;
  const data = noduleCrops([host], plain, { first: 0, count: 12 });
  const side = CROP_PX / 4;
  const [images, places, counted, labels] = [
    data.inputs['image'],
    data.targets['places'],
    data.targets['counted'],
    data.targets['label'],
  ];
  assert.ok(images && places && counted && labels);
  const [withNodule, marksOf] = [labels, places];
  let [bright, all] = [0, 0];
  for (let crop = 0; crop < data.count; crop += 1) {
    const own = images.subarray(crop * CROP_PX ** 2, (crop + 1) * CROP_PX ** 2);
    const middle = [...own].sort((a, b) => a - b)[CROP_PX ** 2 / 2] ?? 0;
    const marked = marksOf.subarray(crop * side ** 2, (crop + 1) * side ** 2);
    assert.equal(marked.includes(1), withNodule[crop] === 1);
    marked.forEach((mark, cell) => {
      if (mark === 0) return;
      assert.equal(counted[crop * side ** 2 + cell], 1);
      const [row, column] = [4 * Math.floor(cell / side) + 2, 4 * (cell % side) + 2];
      all += 1;
      // Nodules this dense are no darker than the middle grey less the share of a lung.
      if ((own[row * CROP_PX + column] as number) > middle - 0.6) bright += 1;
    });
  }
  assert.ok(all > 60 && bright / all > 0.95, `${bright} of ${all}`);
  assert.deepEqual(
    noduleCrops([host], plain, { first: 11, count: 1 }).targets['places'],
    places.subarray(22 * side ** 2),
  );
});

test('nothing but the nodule tells that a film was changed: mean, spread and grain cannot', () => {
  const hosts = Array.from({ length: 40 }, (_, index) => hostOf(chestFrame(`shortcut/${index}`)));
  const with_: number[][] = [];
  const without: number[][] = [];
  hosts.forEach((one, index) => {
    const random = new SeededRandom(`shortcut/${index}`);
    const shadow = proceduralNodule(random, random.between(10, 20));
    const wish = { shadow, contrast: 2 };
    const positive = insertNodules(one, [wish], random);
    const control = insertNodules(one, [{ shadow: smoothedShadow(shadow), contrast: 2 }], random);
    with_.push(simpleFigures(seenFilm(positive.film, CHEST_CONTRACT).values));
    without.push(simpleFigures(seenFilm(control.film, CHEST_CONTRACT).values));
    const [spot] = positive.nodules.map((nodule) => spotOf(nodule, seenFilm(positive.film, CHEST_CONTRACT)));
    assert.ok(spot && spot.x > 0 && spot.x < 256);
  });
  for (const [figure, name] of ['mean', 'spread', 'grain', 'largest step'].entries()) {
    let wins = 0;
    for (const a of with_) for (const b of without) wins += (a[figure] as number) > (b[figure] as number) ? 1 : 0;
    const area = wins / (with_.length * without.length);
    assert.ok(Math.abs(area - 0.5) < 0.12, `${name} alone: AUC ${area}`);
  }
});

function simpleFigures(values: Float32Array): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  let [grain, step] = [0, 0];
  for (let at = 0; at + 257 < values.length; at += 1) {
    // What is left when planes are taken away: noise, not nodules.
    const mixed =
      (values[at] as number) - (values[at + 1] as number) - (values[at + 256] as number) + (values[at + 257] as number);
    grain += mixed * mixed;
    step = Math.max(step, Math.abs((values[at + 1] as number) - (values[at] as number)));
  }
  return [mean, spread, grain, step];
}
