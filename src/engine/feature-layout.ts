import { GraphBuilder } from './graph-builder.ts';
import { OnnxSession } from './onnx-session.ts';

/**
 * Channels of a feature map that lie side by side for each pixel: memory order [batch, channel/block, row, column,
 * block]. 1 is the plain order of ONNX; 8 and 16 are those of ONNX Runtime's own `nchwc` operators, whose convolutions
 * are several times faster on narrow networks. Shapes stay [batch, channel, row, column] in either order.
 */
export type ChannelBlock = 1 | 8 | 16;

/**
 * The block this machine's ONNX Runtime uses. Its `nchwc` operators are internal and have no promise, so they are asked:
 * any failure or any other order of the numbers means 1, the plain operators.
 */
export async function channelBlock(): Promise<ChannelBlock> {
  try {
    const graph = new GraphBuilder();
    const numbers = graph.input('numbers', [1, 16, 1, 2]);
    const onePixel = graph.floats(
      [16, 16, 1, 1],
      Array.from({ length: 256 }, (_, index) => (index % 17 === 0 ? 2 : 0)),
    );
    const blocked = graph.add('nchwc.ReorderInput', [numbers]);
    const one = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };
    graph.output('blocked', blocked);
    graph.output(
      'doubled',
      graph.add('nchwc.ReorderOutput', [graph.add('nchwc.Conv', [blocked, onePixel], one)], { channels: 16 }),
    );
    const session = await OnnxSession.open(graph.encode());
    try {
      const data = Float32Array.from({ length: 32 }, (_, index) => index);
      const { blocked: seen, doubled } = await session.run({ numbers: { data, shape: [1, 16, 1, 2] } });
      if (!doubled?.data.every((value, index) => value === 2 * index)) return 1;
      // Number 2c + p is channel c, pixel p: pixel 1 of channel 0 comes after one whole block.
      const block = seen?.data.indexOf(1);
      return block === 8 || block === 16 ? block : 1;
    } finally {
      await session.close();
    }
  } catch {
    return 1;
  }
}
