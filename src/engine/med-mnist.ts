import { UnicaError } from '#base';
import { type Examples, examplesOf } from './examples.ts';
import type { NpyArray } from './npy.ts';
import { readNpz } from './npz.ts';

/** One part of a MedMNIST data set. */
export interface MedMnistSplit {
  /** [image, row, column, channel], 0 … 255. */
  readonly images: Uint8Array;
  /** First label of each image. */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** A MedMNIST v2 data set (Yang et al. 2023, doi:10.1038/s41597-022-01721-8). */
export interface MedMnist {
  readonly train: MedMnistSplit;
  readonly val: MedMnistSplit;
  readonly test: MedMnistSplit;
}

/**
 * The three parts of a MedMNIST `.npz` file.
 * @throws UnicaError `engine.npz-array-missing` naming every array that is absent, `engine.npz-corrupt`
 */
export function readMedMnist(bytes: Uint8Array): MedMnist {
  const arrays = readNpz(bytes);
  const missing = ['train', 'val', 'test']
    .flatMap((part) => [`${part}_images`, `${part}_labels`])
    .filter((name) => !arrays[name]);
  if (missing.length > 0) throw new UnicaError('engine.npz-array-missing', { names: missing.join(', ') });
  const split = (part: string): MedMnistSplit => readSplit(part, arrays[`${part}_images`], arrays[`${part}_labels`]);
  const [train, val, test] = [split('train'), split('val'), split('test')];
  for (const [part, { height, width, channels }] of Object.entries({ val, test })) {
    if (height === train.height && width === train.width && channels === train.channels) continue;
    throw corrupt(part, `its pictures are ${height} × ${width}, those of train ${train.height} × ${train.width}`);
  }
  return { train, val, test };
}

function readSplit(part: string, images: NpyArray | undefined, labels: NpyArray | undefined): MedMnistSplit {
  const wrong = (problem: string): UnicaError => corrupt(part, problem);
  if (!(images?.data instanceof Uint8Array)) throw wrong('its images are not bytes (uint8)');
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  if (images.shape.length < 3 || images.shape.length > 4)
    throw wrong('its images are not [image, row, column] or [image, row, column, channel]');
  if (count === 0) throw wrong('there is no picture in it');
  if (height !== width) throw wrong(`its pictures are ${height} × ${width} pixels, not square`);
  if (channels !== 1 && channels !== 3) throw wrong('its images have neither 1 nor 3 channels');
  if (!labels || labels.shape[0] !== count) throw wrong('there is not one label for each image');
  const labelsEach = labels.data.length / count;
  const first = Uint8Array.from({ length: count }, (_, index) => {
    const label = Number(labels.data[index * labelsEach]);
    if (!Number.isInteger(label) || label < 0 || label > 255)
      throw wrong(`the label of picture ${index + 1} is ${label}, not a whole number from 0`);
    return label;
  });
  return { images: images.data, labels: first, count, height, width, channels };
}

function corrupt(part: string, problem: string): UnicaError {
  return new UnicaError('engine.npz-corrupt', { problem: `${part}: ${problem}` });
}

/**
 * A part of the file as a network with the input `image` takes it: values normalised by 0.5 and 0.5 (MedMNIST v2 protocol),
 * channels first.
 * @throws UnicaError `engine.data-mismatch` when it has more than the classes 0 and 1
 */
export function medMnistExamples(split: MedMnistSplit): Examples {
  const { channels, count } = split;
  const highest = split.labels.reduce((most, label) => Math.max(most, label), 0);
  if (highest > 1)
    throw new UnicaError('engine.data-mismatch', {
      problem: `their classes go up to ${highest}, the model knows 0 and 1`,
    });
  const pixels = split.height * split.width;
  const images = new Float32Array(split.images.length);
  for (let image = 0; image < count; image += 1) {
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        const value = split.images[(image * pixels + pixel) * channels + channel] ?? 0;
        images[(image * channels + channel) * pixels + pixel] = value / 127.5 - 1;
      }
    }
  }
  const labels = Float32Array.from(split.labels);
  return examplesOf({ images, labels, count });
}
