import { UnicaError } from '#base';
import type { Network, NetworkTensor } from './network.ts';

/** Pictures with a yes/no truth, ready for the network. */
export interface LabelledImages {
  /** [image, channel, row, column], standardised (about zero mean, unit spread), row 0 at the top. */
  readonly images: Float32Array;
  /** 0 or 1 for each image. */
  readonly labels: Float32Array;
  readonly count: number;
}

/** Anything to learn from: by name, the numbers of all examples one after the other. */
export interface Examples {
  readonly count: number;
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly targets: Readonly<Record<string, Float32Array>>;
}

/** Labelled pictures as examples of a network with the input `image` and the target `label`. */
export function examplesOf({ images, labels, count }: LabelledImages): Examples {
  return { count, inputs: { image: images }, targets: { label: labels } };
}

/** Numbers in one example of a tensor. */
export function tensorLength({ shape }: NetworkTensor): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** @throws UnicaError `engine.data-mismatch` when lengths do not fit or labels are not 0 or 1. */
export function checkExamples(network: Network, { count, inputs, targets }: Examples): void {
  if (!Number.isInteger(count) || count < 1) throw mismatch('there is no example in it');
  checkTensors(network.inputs, inputs, count);
  checkTensors(network.targets, targets, count);
  if (isBinary(network) && targets['label']?.some((label) => label !== 0 && label !== 1))
    throw mismatch('a label is neither 0 nor 1');
}

/**
 * Whether two classes can be told apart by these pictures at all. One site of many may well have a single class: who
 * learns alone asks.
 * @throws UnicaError `engine.data-mismatch` when a class has no picture, or every picture is of one brightness
 */
export function checkLearnable({ count, inputs, targets }: Examples): void {
  for (const label of [0, 1])
    if (!targets['label']?.includes(label)) throw mismatch(`none of them is labelled ${label}`);
  const images = inputs['image'] ?? new Float32Array();
  const length = images.length / count;
  for (let start = 0; start < images.length; start += length)
    if (images.subarray(start, start + length).some((value) => value !== images[start])) return;
  throw mismatch('each of them is of one brightness only, so there is nothing to see in them');
}

/** @throws UnicaError `engine.data-mismatch` when the numbers are not those of `count` examples. */
export function checkTensors(
  tensors: readonly NetworkTensor[],
  numbers: Readonly<Record<string, Float32Array>>,
  count: number,
): void {
  for (const tensor of tensors) {
    const expected = count * tensorLength(tensor);
    const given = numbers[tensor.name]?.length;
    if (given === expected) continue;
    const sides = tensor.shape.join('×');
    throw mismatch(
      given === undefined
        ? `"${tensor.name}" is missing`
        : `${count} × ${sides} of "${tensor.name}" need ${expected} numbers, not ${given}`,
    );
  }
}

/** Whether the network answers one yes/no question: one target `label` of one number. */
export function isBinary({ targets }: Network): boolean {
  const [only] = targets;
  return targets.length === 1 && only?.name === 'label' && tensorLength(only) === 1;
}

function mismatch(problem: string): UnicaError {
  return new UnicaError('engine.data-mismatch', { problem });
}
