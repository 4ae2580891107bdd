import { UnicaError } from '#base';
import type { PictureViews } from './picture-views.ts';

/** A published architecture with its sizes; what a learning job names. */
export interface ModelSpec {
  /** 8 and 14: the CIFAR family of He et al. 2016 with one or two blocks a stage; 18: that of ImageNet. */
  readonly architecture: 'resnet8' | 'resnet14' | 'resnet18';
  /** Height and width of the square input, in pixels. */
  readonly inputSize: number;
  readonly channels: 1 | 3;
  readonly outputs: 1;
  /** Channels of the stages, three or (resnet18) four; multiples of 16 train fastest. */
  readonly widths: readonly number[];
  /** 2 halves the picture at the first layer, for inputs above about 64 pixels. */
  readonly stemStride: 1 | 2;
  /** How a picture is looked at when the model answers; once, as it is, unless told. */
  readonly views?: PictureViews | undefined;
}

/** The specification itself when every field is in range. @throws UnicaError `engine.spec-invalid` */
export function checkedSpec(spec: ModelSpec): ModelSpec {
  const wrong = (problem: string): never => {
    throw new UnicaError('engine.spec-invalid', { problem });
  };
  const stages = { resnet8: 3, resnet14: 3, resnet18: 4 }[spec.architecture];
  if (stages === undefined) wrong('its architecture is none of resnet8, resnet14, resnet18');
  if (!Number.isInteger(spec.inputSize) || spec.inputSize < 8 || spec.inputSize > 1024)
    wrong('its input size is not a whole number from 8 to 1024');
  if (spec.channels !== 1 && spec.channels !== 3) wrong('it has neither 1 nor 3 channels');
  if (spec.outputs !== 1) wrong('it does not have exactly one output');
  if (
    spec.widths.length !== stages ||
    spec.widths.some((width) => !Number.isInteger(width) || width < 1 || width > 1024)
  )
    wrong(`its widths are not ${stages} whole numbers from 1 to 1024`);
  if (spec.stemStride !== 1 && spec.stemStride !== 2) wrong('its stem stride is neither 1 nor 2');
  return spec;
}

/** Numbers in one picture of this model. */
export function imageLength({ channels, inputSize }: ModelSpec): number {
  return channels * inputSize ** 2;
}
