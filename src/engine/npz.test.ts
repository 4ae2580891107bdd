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
    ['the first half of a zip', zipSync({ 'x.npy': npy('|u1', '(90,)', new Uint8Array(90)) }).subarray(0, 120)],
    ['nothing', new Uint8Array(0)],
  ];
  for (const [what, bytes] of broken)
    it(`refuses ${what}`, () => {
      assert.throws(() => readNpz(bytes), { code: 'engine.npz-corrupt' });
    });

  it('refuses an array of which a byte is another than what was written', () => {
    const bytes = zipSync(
      { 'y.npy': npy('|u1', '(1,)', Uint8Array.of(1)), 'x.npy': npy('|u1', '(2,)', Uint8Array.of(7, 251)) },
      { level: 0 },
    );
    const at = bytes.findIndex((byte, index) => byte === 7 && bytes[index + 1] === 251);
    assert.deepEqual(readNpz(bytes)['x']?.data, Uint8Array.of(7, 251));
    bytes[at] = 6;
    assert.throws(() => readNpz(bytes), { code: 'engine.npz-corrupt', message: /x\.npy was changed or damaged/ });
  });

  it('does not unpack what says that it takes more than memory has', () => {
    const bytes = zipSync({
      'x.npy': npy('|u1', '(90,)', new Uint8Array(90)),
      'y.npy': npy('|u1', '(90,)', new Uint8Array(90)),
    });
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length - 4; at += 1)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0xfffffff0, true);
    assert.throws(() => readNpz(bytes), { code: 'engine.npz-corrupt', message: /more than 4 GiB/ });
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

  it('refuses labels that are no whole numbers, and takes them as whole numbers of any type', () => {
    const read = (descr: string, each: Float64Array | BigInt64Array) => {
      const parts = ['train', 'val', 'test'].map((name) => part(name, '(2, 2, 2)', [0, 1]));
      const given = { 'train_labels.npy': npy(descr, '(2, 1)', bytesOf(each)) };
      return readMedMnist(zipSync(Object.assign({}, ...parts, given))).train.labels;
    };
    assert.deepEqual(read('<f8', Float64Array.of(1, 0)), Uint8Array.of(1, 0));
    assert.deepEqual(read('<i8', BigInt64Array.of(0n, 1n)), Uint8Array.of(0, 1));
    for (const wrong of [0.5, Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => read('<f8', Float64Array.of(1, wrong)), {
        message: new RegExp(`train: the label of picture 2 is ${wrong}`),
      });
    for (const wrong of [-1n, 256n])
      assert.throws(() => read('<i8', BigInt64Array.of(wrong, 1n)), { message: new RegExp(`picture 1 is ${wrong}`) });
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
