import type { GraphBuilder } from '../graph-builder.ts';
import type { Shape, Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import type { Pooling } from './pooling-window.ts';

/** Below every number of a picture, and still a number. */
const LOWEST = -3e38;

/** Whether windows lie so that each of their taps meets every pixel of one phase (row or column modulo the stride). */
export function canPoolInBlocks({ shape }: Value, { kernel, stride, padding }: Pooling): boolean {
  return shape
    .slice(2)
    .every((side) => kernel >= stride && stride * (Math.floor((side + 2 * padding - kernel) / stride) + 1) === side);
}

/**
 * Largest value of each window of a feature map in blocks. Its gradient asks for no indices, which ONNX Runtime finds
 * slowly and only with the channels apart: a window's maximum is that of its rows' maxima, so the gradient goes to the
 * first row, and in it to the first column, where a number equals the maximum. That is the first one in the window.
 */
export function blockedMaxPool(tape: Tape, x: Value, { kernel, stride, padding }: Pooling): Value {
  const { graph, block } = tape;
  const pool = ([down, right]: readonly [number, number]): Value =>
    graph.add('nchwc.MaxPool', [x], {
      kernel_shape: [down, right],
      strides: [down === 1 ? 1 : stride, right === 1 ? 1 : stride],
      pads: [down, right, down, right].map((side) => (side === 1 ? 0 : padding)),
      dilations: [1, 1],
    });
  const output = tape.inBlocks(pool([kernel, kernel]));
  return tape.record(output, [x], (gradient) => {
    const [batch = 1, channels = 1, rows = 1, columns = 1] = x.shape;
    const maps = (batch * channels) / block;
    const ofRows = pool([1, kernel]);
    const [outRows, outColumns] = [rows / stride, columns / stride];
    const alongRows = { outer: maps, out: outRows, inner: outColumns * block, shape: ofRows.shape };
    const alongColumns = { outer: maps * rows, out: outColumns, inner: block, shape: x.shape };
    const taps = { kernel, stride, padding };
    const byRow = toTheFirst(graph, { of: ofRows, largest: output, gradient, ...alongRows }, taps);
    return [toTheFirst(graph, { of: x, largest: ofRows, gradient: byRow, ...alongColumns }, taps)];
  });
}

/** Numbers seen as [outer, stride · out, inner], the largest of their windows along the middle as [outer, out, inner]. */
interface Windows {
  readonly of: Value;
  readonly largest: Value;
  /** Of the largest. */
  readonly gradient: Value;
  readonly outer: number;
  readonly out: number;
  readonly inner: number;
  /** Of the numbers and of the answer. */
  readonly shape: Shape;
}

/** The gradient of the largest given to the first number in each window that equals it. */
function toTheFirst(graph: GraphBuilder, windows: Windows, { kernel, stride, padding }: Pooling): Value {
  const { outer, out, inner } = windows;
  const seen = (value: Value): Value => graph.add('Reshape', [value, graph.integers(outer, out, inner)]);
  /** Moved by so many windows; what comes in from outside is `rim`. */
  const moved = (value: Value, by: number, rim: number): Value =>
    by === 0 ? value : graph.add('Pad', [value, graph.integers(0, by, 0, 0, -by, 0), graph.scalar(rim)]);
  const apart = graph.add('Reshape', [windows.of, graph.integers(outer * out, stride, inner)]);
  const phases = graph
    .addAll('Split', [apart, graph.integers(...Array.from({ length: stride }, () => 1))], { axis: 1 }, stride)
    .map(seen);
  const largest = seen(windows.largest);
  const shares: (Value | undefined)[] = phases.map(() => undefined);
  let rest = seen(windows.gradient);
  for (let tap = 0; tap < kernel; tap += 1) {
    // Window j reads with this tap pixel stride·(j + ahead) + phase.
    const ahead = Math.floor((tap - padding) / stride);
    const phase = tap - padding - stride * ahead;
    let share = rest;
    // What no earlier tap took belongs to the last.
    if (tap < kernel - 1) {
      const below = graph.add('Sub', [moved(phases[phase] as Value, -ahead, LOWEST), largest]);
      // 1 where they are equal, else 0, in one pass: as in `relu`, 3e38 times any normal difference is beyond −1.
      const equal = graph.add('HardSigmoid', [below], { alpha: { float: 3e38 }, beta: { float: 1 } });
      share = graph.add('Mul', [equal, rest]);
      rest = graph.add('Sub', [rest, share]);
    }
    const back = moved(share, ahead, 0);
    const before = shares[phase];
    shares[phase] = before === undefined ? back : graph.add('Add', [before, back]);
  }
  const columns = shares.flatMap((share) =>
    share === undefined ? [] : [graph.add('Reshape', [share, graph.integers(outer * out, 1, inner)])],
  );
  return graph.add('Reshape', [graph.add('Concat', columns, { axis: 1 }), graph.integers(...windows.shape)]);
}
