import type { ChannelBlock } from './feature-layout.ts';
import type { Network } from './network.ts';
import { parameterTable } from './parameter-table.ts';
import { weightsReadInBlocks } from './training-graph.ts';

/**
 * Weights that a training keeps in the order the machine's convolutions read them, [out/block, in/block, tap, in in block,
 * out in block], so that no step has to rearrange them. Everybody else sees them as [out, in, y, x].
 */
export interface Packing {
  readonly names: ReadonlySet<string>;
  /** Parameters in the training's order; new. */
  pack(parameters: Float32Array): Float32Array;
  /** Parameters in everybody's order; new. */
  unpack(parameters: Float32Array): Float32Array;
}

/** What decides which weights are packed. */
export interface PackingSettings {
  readonly block: ChannelBlock;
  /** Examples in one run of the training graph. */
  readonly batch: number;
}

/**
 * Which weights are packed when so many examples are in a run: those of convolutions that work in whole blocks, and of
 * nothing else.
 */
export function packingOf(network: Network, { block, batch }: PackingSettings): Packing {
  const table = parameterTable(network);
  const names = block === 1 ? new Set<string>() : packedNames(network, { block, batch });
  const entries = table.entries.filter(({ name }) => names.has(name));
  const reordered = (parameters: Float32Array, back: boolean): Float32Array => {
    const out = parameters.slice();
    for (const { shape, offset } of entries) {
      const [filters = 1, into = 1, rows = 1, columns = 1] = shape;
      const taps = rows * columns;
      let at = offset;
      for (let o = 0; o < filters; o += block)
        for (let i = 0; i < into; i += block)
          for (let tap = 0; tap < taps; tap += 1)
            for (let inner = i; inner < i + block; inner += 1)
              for (let outer = o; outer < o + block; outer += 1) {
                const plain = offset + (outer * into + inner) * taps + tap;
                if (back) out[plain] = parameters[at] as number;
                else out[at] = parameters[plain] as number;
                at += 1;
              }
    }
    return out;
  };
  return {
    names,
    pack: (parameters) => reordered(parameters, false),
    unpack: (parameters) => reordered(parameters, true),
  };
}

function packedNames(network: Network, { block, batch }: PackingSettings): ReadonlySet<string> {
  const { operations, parameters } = network;
  const read = weightsReadInBlocks(network, { block, batch });
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  const fits = ({ operation, inputs }: Network['operations'][number]): boolean => {
    const [out = 1, into = 1] = shapes.get(inputs[1] ?? '') ?? [];
    return operation === 'convolution' && out % block === 0 && into % block === 0 && read.has(inputs[1] ?? '');
  };
  const names = new Set(operations.filter(fits).map(({ inputs }) => inputs[1] ?? ''));
  for (const operation of operations)
    for (const [place, input] of operation.inputs.entries()) if (!(place === 1 && fits(operation))) names.delete(input);
  return names;
}
