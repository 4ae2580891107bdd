import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { apart } from './layout.ts';

/** How a kernel moves over pictures, one pixel at a time. */
export interface DeepConvolution {
  /** Rim of zeros around the picture. */
  readonly padding: number;
}

/**
 * Whether a batch has so few pixels beside so many channels that the weights are most of the work: then whatever has to
 * rearrange them costs more than to lay out the pictures. Where the two cross was measured: a batch of 8 at 4×4 pixels
 * and 512 channels takes two thirds of the time, at 8×8 and 256 channels as long.
 */
export function isDeep(x: Value, weight: Value, { padding }: DeepConvolution): boolean {
  const [batch = 1, , rows = 1, columns = 1] = x.shape;
  const [out = 1, into = 1, kernel = 1] = weight.shape;
  const pixels = batch * (rows + 2 * padding - kernel + 1) * (columns + 2 * padding - kernel + 1);
  return padding < kernel && 2 * pixels <= Math.min(out, into);
}

/**
 * A convolution as one product of matrices over all pictures of the batch, weights [out, in · k²] and the k² shifted
 * pictures [in · k², row · y · x] (im2col); its gradients are two more. The weights stay as they lie.
 * x [row, in, y, x], weight [out, in, k, k] → [row, out, y′, x′]. Stride 1, undilated, one group.
 */
export function deepConvolution(tape: Tape, value: Value, weight: Value, { padding }: DeepConvolution): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const [batch = 1, into = 1, rows = 1, columns = 1] = x.shape;
  const [out = 1, , kernel = 1] = weight.shape;
  const [downs, rights] = [rows + 2 * padding - kernel + 1, columns + 2 * padding - kernel + 1];
  const pixels = batch * downs * rights;
  const taps = Array.from({ length: kernel * kernel }, (_, tap) => [Math.floor(tap / kernel), tap % kernel] as const);
  const shaped = (of: Value, ...sides: readonly number[]): Value =>
    graph.add('Reshape', [of, graph.integers(...sides)]);
  // Pictures innermost: windows and rims of the pictures are then long runs.
  const pixelwise = (of: Value): Value => graph.add('Transpose', [of], { perm: [1, 2, 3, 0] });
  const pictureFirst = (of: Value): Value => graph.add('Transpose', [of], { perm: [3, 0, 1, 2] });
  const window = (
    of: Value,
    [down, right]: readonly [number, number],
    [high, wide]: readonly [number, number],
  ): Value =>
    graph.add('Slice', [
      of,
      graph.integers(down, right),
      graph.integers(down + high, right + wide),
      graph.integers(1, 2),
      graph.integers(1, 1),
    ]);

  const framed =
    padding === 0
      ? pixelwise(x)
      : graph.add('Pad', [pixelwise(x), graph.integers(0, padding, padding, 0, 0, padding, padding, 0)]);
  const shifted = taps.map((tap) => shaped(window(framed, tap, [downs, rights]), into, 1, pixels));
  const pictures = shaped(graph.add('Concat', shifted, { axis: 1 }), into * taps.length, pixels);
  const weights = shaped(weight, out, into * taps.length);
  const product = graph.add('MatMul', [weights, pictures]);
  const output = pictureFirst(shaped(product, out, downs, rights, batch));

  return tape.record(output, [x, weight], (gradient, [wantsX, wantsWeight]) => {
    const slopes = shaped(pixelwise(gradient), out, pixels);
    const forX = (): Value => {
      const shares = graph.add('FusedMatMul', [weights, slopes], { transA: 1, transB: 0 });
      const byTap = shaped(shares, into, taps.length, pixels);
      const ones = graph.integers(...taps.map(() => 1));
      const sum = graph
        .addAll('Split', [byTap, ones], { axis: 1 }, taps.length)
        .map((share, tap) => {
          const [down = 0, right = 0] = taps[tap] ?? [];
          const rim = graph.integers(0, down, right, 0, 0, kernel - 1 - down, kernel - 1 - right, 0);
          return graph.add('Pad', [shaped(share, into, downs, rights, batch), rim]);
        })
        .reduce((all, share) => graph.add('Add', [all, share]));
      return pictureFirst(window(sum, [padding, padding], [rows, columns]));
    };
    const forWeight = (): Value =>
      shaped(graph.add('FusedMatMul', [slopes, pictures], { transA: 0, transB: 1 }), ...weight.shape);
    return [wantsX ? forX() : undefined, wantsWeight ? forWeight() : undefined];
  });
}
