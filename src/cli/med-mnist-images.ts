import { type LabelledImages, type MedMnist, type MedMnistSplit, readMedMnist } from '#engine';
import { readInput } from './input-file.ts';

/** A MedMNIST file. @throws UnicaError `cli.no-file`, `engine.npz-corrupt`, `engine.npz-array-missing`. */
export async function readNpzInput(path: string): Promise<MedMnist> {
  return readMedMnist(await readInput(path));
}

/** A part of the file as the network takes it: values normalised by 0.5 and 0.5 (MedMNIST v2 protocol), channels first. */
export function labelledImagesOf(split: MedMnistSplit): LabelledImages {
  const { channels, count } = split;
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
  return { images, labels: Float32Array.from(split.labels, (label) => (label === 0 ? 0 : 1)), count };
}
