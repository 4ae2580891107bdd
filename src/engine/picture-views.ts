import type { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-value.ts';

/**
 * How a picture is looked at when the network answers: at nine places, where it is and moved by so many pixels up or down,
 * left or right or both, each of these also mirrored where told. The answer is the mean of what it says to each view.
 */
export interface PictureViews {
  /** Rims repeat the border's pixels; 0: not moved. */
  readonly shiftPixels: number;
  /** Left and right changed over. */
  readonly mirror: boolean;
}

/** How many views of a picture there are; 1 where nothing was told. */
export function viewCount(views: PictureViews | undefined): number {
  return views === undefined ? 1 : (views.shiftPixels > 0 ? 9 : 1) * (views.mirror ? 2 : 1);
}

/** Pictures [batch, channel, row, column] → [view · batch, channel, row, column], the pictures as they are first. */
export function viewsOf(graph: GraphBuilder, pictures: Value, { shiftPixels, mirror }: PictureViews): Value {
  const [, , rows = 1, columns = 1] = pictures.shape;
  const taken = (from: Value, axis: number, side: number, pixelAt: (place: number) => number): Value => {
    const places = Array.from({ length: side }, (_, place) => Math.min(side - 1, Math.max(0, pixelAt(place))));
    return graph.add('Gather', [from, graph.integers(...places)], { axis });
  };
  const steps = shiftPixels > 0 ? [0, shiftPixels, -shiftPixels] : [0];
  const mirrored = (from: Value): Value => taken(from, 3, columns, (column) => columns - 1 - column);
  const views = (mirror ? [pictures, mirrored(pictures)] : [pictures]).flatMap((whole) =>
    steps.flatMap((down) => {
      const moved = down === 0 ? whole : taken(whole, 2, rows, (row) => row + down);
      return steps.map((right) => (right === 0 ? moved : taken(moved, 3, columns, (column) => column + right)));
    }),
  );
  return views.length === 1 ? pictures : graph.add('Concat', views, { axis: 0 });
}

/** Answers [view · batch, …] → their mean over the views, [batch, …]. */
export function meanOfViews(graph: GraphBuilder, answers: Value, views: PictureViews): Value {
  const count = viewCount(views);
  if (count === 1) return answers;
  const apart = graph.add('Reshape', [answers, graph.integers(count, -1, ...answers.shape.slice(1))]);
  const sum = graph.add('ReduceSum', [apart, graph.integers(0)], { keepdims: 0 });
  return graph.add('Mul', [sum, graph.floats([1], [1 / count])]);
}
