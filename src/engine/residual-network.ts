import { add, batchNorm, conv, dense, globalAveragePool, groupNorm, maxPool, relu, sigmoid } from './layers.ts';
import { binaryCrossEntropy } from './losses.ts';
import type { ResidualSpec } from './model-spec.ts';
import type { Network } from './network.ts';
import { defineNetwork, type Node } from './network-builder.ts';

/** Basic blocks in each stage. */
const BLOCKS = { resnet8: 1, resnet14: 2, resnet18: 2 } as const;

/**
 * Residual networks (He et al. 2016) with GroupNorm in place of BatchNorm unless told, so that a model learned at several
 * hospitals has no statistics to reconcile. ResNet-8 and -14: 3×3 stem and three stages; ResNet-18: 7×7 stem of stride 2, max
 * pooling and four stages. Later stages halve the picture. Input `image`, target `label`, output `probability`.
 */
export function residualNetwork(spec: ResidualSpec): Network {
  return defineNetwork((network) => {
    const image = network.input('image', [spec.channels, spec.inputSize, spec.inputSize]);
    let x = stem(image, spec);
    spec.widths.forEach((width, stage) => {
      for (let block = 0; block < BLOCKS[spec.architecture]; block += 1) {
        const name = BLOCKS[spec.architecture] === 1 ? `stage${stage + 1}` : `stage${stage + 1}.block${block + 1}`;
        x = residualBlock(x, {
          name,
          width,
          stride: stage > 0 && block === 0 ? 2 : 1,
          normalisation: spec.normalisation,
        });
      }
    });
    const logits = dense(globalAveragePool(x), { name: 'dense', outputs: spec.outputs });
    network.output('probability', sigmoid(logits));
    network.loss(binaryCrossEntropy(logits, network.target('label', [1])));
    network.explain({ logits, featureMap: x });
    if (spec.views !== undefined) network.views(spec.views);
  });
}

function stem(image: Node, { architecture, widths, stemStride, normalisation }: ResidualSpec): Node {
  const filters = widths[0] ?? 1;
  if (architecture !== 'resnet18')
    return relu(normalised(image, { name: 'stem', filters, kernel: 3, stride: stemStride, normalisation }));
  const first = normalised(image, { name: 'stem', filters, kernel: 7, stride: 2, normalisation });
  // The larger of two numbers stays the larger behind a ReLU, which has four times fewer of them to change here.
  return relu(maxPool(first, { kernel: 3, stride: 2, padding: 1 }));
}

/** Two 3×3 convolutions and a shortcut, projected when its shape changes. */
export function residualBlock(
  x: Node,
  {
    name,
    width,
    stride,
    normalisation,
  }: { readonly name: string; readonly width: number; readonly stride: number } & Pick<ResidualSpec, 'normalisation'>,
): Node {
  const first = relu(normalised(x, { name: `${name}.conv1`, filters: width, kernel: 3, stride, normalisation }));
  const inner = normalised(first, { name: `${name}.conv2`, filters: width, kernel: 3, stride: 1, normalisation });
  const changed = stride !== 1 || x.shape[1] !== width;
  const around = changed
    ? normalised(x, { name: `${name}.shortcut`, filters: width, kernel: 1, stride, normalisation })
    : x;
  const sum = add(inner, around);
  return x.network.apply('relu', [sum], {}, name);
}

/** A convolution and its normalisation: in groups of channels unless told. */
export function normalised(
  x: Node,
  layer: {
    readonly name: string;
    readonly filters: number;
    readonly kernel: number;
    readonly stride: number;
  } & Pick<ResidualSpec, 'normalisation'>,
): Node {
  const { normalisation, ...convolution } = layer;
  const name = `${layer.name}.norm`;
  if (normalisation === 'batch') return batchNorm(conv(x, convolution), { name });
  return groupNorm(conv(x, convolution), { name, groups: groupsOf(layer.filters) });
}

/** Groups of 16 channels (the fixed-channels setting of Wu & He 2018, table 3); one group when 16 does not divide. */
function groupsOf(channels: number): number {
  return channels % 16 === 0 ? channels / 16 : 1;
}
