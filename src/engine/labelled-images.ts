import { UnicaError } from '#base';
import type { ModelSpec } from './model-spec.ts';

/** Pictures with a yes/no truth, ready for the network. */
export interface LabelledImages {
  /** [image, channel, row, column], standardised (about zero mean, unit spread), row 0 at the top. */
  readonly images: Float32Array;
  /** 0 or 1 for each image. */
  readonly labels: Float32Array;
  readonly count: number;
}

/** Numbers in one picture of this model. */
export function imageLength(spec: ModelSpec): number {
  return spec.channels * spec.inputSize * spec.inputSize;
}

/** @throws UnicaError `engine.data-mismatch` when lengths or labels do not fit the model. */
export function checkLabelledImages(spec: ModelSpec, data: LabelledImages): void {
  if (!Number.isInteger(data.count) || data.count < 1)
    throw new UnicaError('engine.data-mismatch', { problem: 'there is no picture in it' });
  checkImages(spec, data.images, data.count);
  if (data.labels.length !== data.count)
    throw new UnicaError('engine.data-mismatch', {
      problem: `${data.count} pictures have ${data.labels.length} labels`,
    });
  if (data.labels.some((label) => label !== 0 && label !== 1))
    throw new UnicaError('engine.data-mismatch', { problem: 'a label is neither 0 nor 1' });
}

/** @throws UnicaError `engine.data-mismatch` when the pixels are not `count` pictures of the model's size. */
export function checkImages(spec: ModelSpec, images: Float32Array, count: number): void {
  const expected = count * imageLength(spec);
  if (images.length === expected) return;
  throw new UnicaError('engine.data-mismatch', {
    problem: `${count} pictures of ${spec.channels}×${spec.inputSize}×${spec.inputSize} need ${expected} numbers, not ${images.length}`,
  });
}
