import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { zipSync } from 'fflate';
import { checkLearnable } from './examples.ts';
import { medMnistExamples, readMedMnist } from './med-mnist.ts';
import { readNpz } from './npz.ts';

/** A `.npy` file, version 1, written by hand. */
function npy(descr: string, shape: string, data: Uint8Array, order = 'False'): Uint8Array {
  const described = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const header = `${described.padEnd(117)}\n`;
  const bytes = new Uint8Array(10 + header.length + data.length);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(data, 10 + header.length);
  return bytes;
}

function bytesOf(values: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer);
}

describe('NumPy zips', () => {
  const rows = [
    { descr: '|u1', shape: '(2, 3)', data: Uint8Array.of(1, 2, 3, 4, 5, 6), sides: [2, 3] },
    { descr: '<f4', shape: '(2,)', data: Float32Array.of(1.5, -2), sides: [2] },
    { descr: '<f8', shape: '()', data: Float64Array.of(0.1), sides: [] },
    { descr: '<i8', shape: '(1, 2)', data: BigInt64Array.of(-1n, 7n), sides: [1, 2] },
  ];
  for (const { descr, shape, data, sides } of rows)
    it(`${descr} ${shape}`, () => {
      const raw = data instanceof Uint8Array ? data : bytesOf(data);
      const { x } = readNpz(zipSync({ 'x.npy': npy(descr, shape, raw) }));
      assert.deepEqual(x, { dtype: descr, shape: sides, data });
    });

  const broken: readonly [string, Uint8Array][] = [
    ['not a zip', new Uint8Array(50)],
    ['big-endian', zipSync({ 'x.npy': npy('>f4', '(1,)', new Uint8Array(4)) })],
    ['column-major', zipSync({ 'x.npy': npy('<f4', '(1,)', new Uint8Array(4), 'True') })],
    ['too short', zipSync({ 'x.npy': npy('<f4', '(2,)', new Uint8Array(4)) })],
    ['no NumPy file', zipSync({ 'x.npy': new Uint8Array(40) })],
  ];
  for (const [what, bytes] of broken)
    it(`refuses ${what}`, () => {
      assert.throws(() => readNpz(bytes), { code: 'engine.npz-corrupt' });
    });
});

describe('MedMNIST', () => {
  const images = (count: number): Uint8Array => npy('|u1', `(${count}, 2, 2)`, new Uint8Array(4 * count).fill(9));
  const labels = (count: number): Uint8Array => npy('|u1', `(${count}, 1)`, new Uint8Array(count).fill(1));

  it('names every array that is missing', () => {
    const bytes = zipSync({
      'train_images.npy': images(1),
      'train_labels.npy': labels(1),
      'val_images.npy': images(1),
    });
    assert.throws(() => readMedMnist(bytes), {
      code: 'engine.npz-array-missing',
      facts: { names: 'val_labels, test_images, test_labels' },
    });
  });

  it('refuses labels that are fewer than images', () => {
    const part = {
      'val_images.npy': images(1),
      'val_labels.npy': labels(1),
      'test_images.npy': images(1),
      'test_labels.npy': labels(1),
    };
    const bytes = zipSync({ 'train_images.npy': images(2), 'train_labels.npy': labels(1), ...part });
    assert.throws(() => readMedMnist(bytes), { code: 'engine.npz-corrupt' });
  });

  const part = (name: string, shape: string, each: readonly number[], brightness = 9) => {
    const sides = shape.match(/\d+/g)?.map(Number) ?? [];
    const pixels = sides.reduce((product, one) => product * one, 1);
    return {
      [`${name}_images.npy`]: npy('|u1', shape, new Uint8Array(pixels).fill(brightness)),
      [`${name}_labels.npy`]: npy('|u1', `(${each.length}, 1)`, Uint8Array.from(each)),
    };
  };
  const unfit: readonly [string, object, RegExp][] = [
    ['a part without pictures', part('test', '(0, 2, 2)', []), /test: there is no picture/],
    ['pictures of another size', part('val', '(1, 3, 3)', [1]), /val: its pictures are 3 × 3, those of train 2 × 2/],
    ['pictures that are not square', part('train', '(1, 2, 5)', [1]), /2 × 5 pixels, not square/],
    ['pixels without rows and columns', part('train', '(1, 4)', [1]), /train: its images are not \[image, row/],
  ];
  for (const [what, changed, says] of unfit)
    it(`refuses ${what}`, () => {
      const parts = ['train', 'val', 'test'].map((name) => part(name, '(1, 2, 2)', [1]));
      assert.throws(() => readMedMnist(zipSync(Object.assign({}, ...parts, changed))), {
        code: 'engine.npz-corrupt',
        message: says,
      });
    });

  it('refuses more classes than two, a class without pictures, and pictures without anything to see', () => {
    const read = (each: readonly number[]) => {
      const parts = ['train', 'val', 'test'].map((name) => part(name, `(${each.length}, 2, 2)`, each));
      return readMedMnist(zipSync(Object.assign({}, ...parts))).train;
    };
    const refused = (problem: RegExp) => ({ code: 'engine.data-mismatch', message: problem });
    assert.throws(() => medMnistExamples(read([0, 1, 8])), refused(/go up to 8/));
    assert.throws(() => checkLearnable(medMnistExamples(read([1, 1]))), refused(/none of them is labelled 0/));
    const constant = medMnistExamples(read([0, 1]));
    assert.throws(() => checkLearnable(constant), refused(/one brightness/));
    constant.inputs['image']?.set([0.5], 6);
    checkLearnable(constant);
  });

  const folder = new URL(`${process.env['UNICA_DATA'] ?? '../../../shared/data'}/medmnist/`, import.meta.url);
  for (const name of ['breastmnist', 'pneumoniamnist']) {
    const file = new URL(`${name}.npz`, folder);
    it(`reads ${name}`, { skip: existsSync(file) ? false : 'shared/data/medmnist is absent' }, () => {
      const { train, val, test } = readMedMnist(readFileSync(file));
      for (const part of [train, val, test]) {
        assert.deepEqual([part.height, part.width, part.channels], [28, 28, 1]);
        assert.equal(part.images.length, part.count * 784);
        assert.equal(part.labels.length, part.count);
        assert.deepEqual([...new Set(part.labels)].sort(), [0, 1]);
      }
      assert.ok(train.count > val.count);
    });
  }
});
