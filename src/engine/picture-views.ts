import type { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';

/**
 * How a picture is looked at when the network answers: at nine places, where it is and moved by so many pixels up or down,
 * left or right or both, each of these also mirrored, and larger and smaller, where told. The answer is the mean of what it
 * says to each view.
 */
export interface PictureViews {
  /** Rims repeat the border's pixels; 0: not moved. */
  readonly shiftPixels: number;
  /** Left and right changed over. */
  readonly mirror: boolean;
  /**
   * Larger by this share about the middle, and once more smaller, in place of as large as it is (0.1: 1.1 and 0.9 times); 0
   * unless told. Pictures that were changed while learning were resampled, so a network knows no others.
   */
  readonly zoom?: number | undefined;
}

/** How many views of a picture there are; 1 where nothing was told. */
export function viewCount(views: PictureViews | undefined): number {
  if (views === undefined) return 1;
  const { shiftPixels, mirror, zoom = 0 } = views;
  return stepsOf(shiftPixels).length ** 2 * (mirror ? 2 : 1) * (zoom > 0 ? 2 : 1);
}

/** Pictures [batch, channel, row, column] → [view · batch, channel, row, column], the pictures as they are first if among them. */
export function viewsOf(graph: GraphBuilder, pictures: Value, views: PictureViews): Value {
  const { zoom = 0 } = views;
  if (viewCount(views) === 1) return pictures;
  if (zoom === 0) return graph.add('Concat', movedViews(graph, pictures, views), { axis: 0 });
  return graph.add(
    'Concat',
    [1 + zoom, 1 - zoom].map((times) => resampledViews(graph, pictures, views, times)),
    { axis: 0 },
  );
}

function stepsOf(shiftPixels: number): readonly number[] {
  return shiftPixels > 0 ? [0, shiftPixels, -shiftPixels] : [0];
}

/** Pixels taken as they are. */
function movedViews(graph: GraphBuilder, pictures: Value, { shiftPixels, mirror }: PictureViews): readonly Value[] {
  const [, , rows = 1, columns = 1] = pictures.shape;
  const taken = (from: Value, axis: number, side: number, pixelAt: (place: number) => number): Value => {
    const places = Array.from({ length: side }, (_, place) => held(pixelAt(place), side));
    return graph.add('Gather', [from, graph.integers(...places)], { axis });
  };
  const steps = stepsOf(shiftPixels);
  const mirrored = (from: Value): Value => taken(from, 3, columns, (column) => columns - 1 - column);
  return (mirror ? [pictures, mirrored(pictures)] : [pictures]).flatMap((whole) =>
    steps.flatMap((down) => {
      const moved = down === 0 ? whole : taken(whole, 2, rows, (row) => row + down);
      return steps.map((right) => (right === 0 ? moved : taken(moved, 3, columns, (column) => column + right)));
    }),
  );
}

/**
 * So many times as large. Rows and columns are resampled (bilinear) by one matrix each, which holds those of all places
 * one after the other: two products give all views. → [view · batch, channel, row, column]
 */
function resampledViews(
  graph: GraphBuilder,
  pictures: Value,
  { shiftPixels, mirror }: PictureViews,
  times: number,
): Value {
  const [, channels = 1, rows = 1, columns = 1] = pictures.shape;
  const steps = stepsOf(shiftPixels);
  const seenAt = (side: number, step: number) => (place: number) =>
    held((place - (side - 1) / 2) / times + (side - 1) / 2 + step, side);
  const down = steps.flatMap((step) => resampling(rows, seenAt(rows, step)));
  const across = steps.flatMap((step) => {
    const seen = resampling(columns, seenAt(columns, step));
    return mirror ? [...seen, ...seen.toReversed()] : seen;
  });
  const byRows = graph.floats([down.length, rows], down.flat());
  const byColumns = graph.floats(
    [columns, across.length],
    Array.from({ length: columns }, (_, column) => across.map((weights) => weights[column] ?? 0)).flat(),
  );
  const all = graph.add('MatMul', [graph.add('MatMul', [byRows, pictures]), byColumns]);
  const sides = [steps.length, rows, across.length / columns, columns];
  const apart = graph.add('Reshape', [all, graph.integers(-1, channels, ...sides)]);
  const first = graph.add('Transpose', [apart], { perm: [2, 4, 0, 1, 3, 5] });
  return graph.add('Reshape', [first, graph.integers(-1, channels, rows, columns)]);
}

/** For each place the weights of the pixels of a side of which it is made: two neighbours, or one. */
function resampling(side: number, seenAt: (place: number) => number): readonly (readonly number[])[] {
  return Array.from({ length: side }, (_, place) => {
    const seen = seenAt(place);
    return Array.from({ length: side }, (_unused, pixel) => Math.max(0, 1 - Math.abs(pixel - seen)));
  });
}

/** Rims repeat the border's pixels. */
function held(place: number, side: number): number {
  return Math.min(side - 1, Math.max(0, place));
}

/** Answers [view · batch, …] → their mean over the views, [batch, …]. */
export function meanOfViews(graph: GraphBuilder, answers: Value, views: PictureViews): Value {
  const count = viewCount(views);
  if (count === 1) return answers;
  const apart = graph.add('Reshape', [answers, graph.integers(count, -1, ...answers.shape.slice(1))]);
  const sum = graph.add('ReduceSum', [apart, graph.integers(0)], { keepdims: 0 });
  return graph.add('Mul', [sum, graph.floats([1], [1 / count])]);
}
