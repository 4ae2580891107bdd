import type { Value } from './graph-value.ts';
import type { ModelSpec } from './model-spec.ts';
import { relu } from './operators/activation.ts';
import { addition } from './operators/addition.ts';
import { convolution } from './operators/convolution.ts';
import { dense } from './operators/dense.ts';
import { groupNorm } from './operators/group-norm.ts';
import { globalAveragePool } from './operators/pooling.ts';
import type { Tape } from './tape.ts';

/** Parameters of one model by name. */
export type ParameterValues = ReadonlyMap<string, Value>;

/** One layer's output, for watching and explaining. */
export interface NamedActivation {
  readonly name: string;
  readonly value: Value;
}

/** What a forward pass leaves behind. */
export interface Forward {
  /** [batch, 1] */
  readonly logits: Value;
  /** Output of every layer in order. */
  readonly activations: readonly NamedActivation[];
  /** [batch, channel, row, column] of the last block, where Grad-CAM looks. */
  readonly lastFeatureMap: Value;
}

interface Layer {
  readonly name: string;
  readonly into: number;
  readonly out: number;
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
}

/** A basic block: two 3×3 convolutions and a shortcut, projected when its shape changes. */
interface Block {
  readonly name: string;
  readonly first: Layer;
  readonly second: Layer;
  readonly shortcut: Layer | undefined;
}

/**
 * ResNet-8 (the CIFAR family of He et al. 2016 with one basic block a stage): 3×3 stem, three blocks, the second and
 * third halving the picture, global average pooling, dense to the logit. GroupNorm in place of BatchNorm, so that a
 * model learned at several hospitals has no statistics to reconcile.
 */
export function resnet8Parameters(
  spec: ModelSpec,
): readonly { readonly name: string; readonly shape: readonly number[] }[] {
  const { stem, blocks } = layers(spec);
  const convolutions = [
    stem,
    ...blocks.flatMap(({ first, second, shortcut }) => [first, second, ...(shortcut ? [shortcut] : [])]),
  ];
  return [
    ...convolutions.flatMap(({ name, into, out, kernel }) => [
      { name: `${name}.weight`, shape: [out, into, kernel, kernel] },
      { name: `${name}.norm.scale`, shape: [out] },
      { name: `${name}.norm.bias`, shape: [out] },
    ]),
    { name: 'dense.weight', shape: [spec.outputs, spec.widths[2]] },
    { name: 'dense.bias', shape: [spec.outputs] },
  ];
}

/** Writes the network behind `images` [batch, channel, row, column]. */
export function resnet8Forward(tape: Tape, spec: ModelSpec, images: Value, parameters: ParameterValues): Forward {
  const activations: NamedActivation[] = [];
  const keep = (name: string, value: Value): Value => {
    activations.push({ name, value });
    return value;
  };
  const parameter = (name: string): Value => parameters.get(name) ?? images;
  const normalisedConv = (x: Value, { name, out, kernel, stride }: Layer): Value => {
    const padding = (kernel - 1) / 2;
    const mapped = keep(name, convolution(tape, x, parameter(`${name}.weight`), { stride, padding }));
    const scale = parameter(`${name}.norm.scale`);
    return keep(`${name}.norm`, groupNorm(tape, mapped, scale, parameter(`${name}.norm.bias`), groupsOf(out)));
  };
  const { stem, blocks } = layers(spec);
  let x = relu(tape, normalisedConv(images, stem));
  for (const { name, first, second, shortcut } of blocks) {
    const inner = normalisedConv(relu(tape, normalisedConv(x, first)), second);
    const around = shortcut ? normalisedConv(x, shortcut) : x;
    x = keep(name, relu(tape, addition(tape, inner, around)));
  }
  const pooled = globalAveragePool(tape, x);
  const logits = keep('dense', dense(tape, pooled, parameter('dense.weight'), parameter('dense.bias')));
  return { logits, activations, lastFeatureMap: x };
}

/** Groups of 16 channels (the fixed-channels setting of Wu & He 2018, table 3); one group when 16 does not divide. */
function groupsOf(channels: number): number {
  return channels % 16 === 0 ? channels / 16 : 1;
}

function layers({ channels, widths, stemStride }: ModelSpec): { stem: Layer; blocks: readonly Block[] } {
  const [narrow, middle, wide] = widths;
  return {
    stem: { name: 'stem', into: channels, out: narrow, kernel: 3, stride: stemStride },
    blocks: [block('stage1', narrow, narrow, 1), block('stage2', narrow, middle, 2), block('stage3', middle, wide, 2)],
  };
}

function block(name: string, into: number, out: number, stride: 1 | 2): Block {
  return {
    name,
    first: { name: `${name}.conv1`, into, out, kernel: 3, stride },
    second: { name: `${name}.conv2`, into: out, out, kernel: 3, stride: 1 },
    shortcut: stride === 1 && into === out ? undefined : { name: `${name}.shortcut`, into, out, kernel: 1, stride },
  };
}
