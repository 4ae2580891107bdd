/** Element types of the graphs. */
export type ElementType = 'float32' | 'int64' | 'bool';

/** Sides of a tensor, outermost first. */
export type Shape = readonly number[];

/** One tensor flowing through a graph. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  /** Its numbers when they are part of the graph and needed for shapes (axes, slice bounds, …). */
  readonly integers?: readonly number[];
}

/** What an operator yields before it has a name. */
export type Yielded = Pick<Value, 'shape' | 'type'>;

/** Attributes of an operator: whole numbers, lists of them, texts; floats are marked because ONNX tells 1 from 1.0. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

/** How many numbers a tensor of this shape has. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, side) => product * side, 1);
}
