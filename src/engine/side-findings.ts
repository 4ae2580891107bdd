import {
  add,
  affine,
  concat,
  dense,
  dropout,
  maskedMax,
  maskedMean,
  multiply,
  relu,
  reshape,
  slice,
  subtract,
} from './layers.ts';
import { binaryCrossEntropy } from './losses.ts';
import type { Node } from './network-builder.ts';

/** Share of the hidden numbers left out while learning. */
const LEFT_OUT = 0.2;

/** What is told of each side of the body. */
export interface SideFindings {
  /** [row, side]: logit of a finding on that side; means nothing where no picture of it is there. */
  readonly logits: Node;
  /** [row, side]: 1 where a picture of that side is there. */
  readonly present: Node;
  /** [row, 1]: the larger of the logits of the sides that are there, 0 where none is. */
  readonly either: Node;
  /** [row, 1]: how far the logits of the two sides lie apart, 0 unless both are there. */
  readonly apart: Node;
}

/**
 * A finding on each side of the body, from the pictures of that side together and how they differ from those of the other: what shows in
 * two views of one breast and not in the other breast is rarely chance, as radiologists read them (ACR BI-RADS 2013, asymmetries). Both sides
 * share one network. Only which pictures are there is told where one is missing; there is no difference where a side is.
 *
 * @param numbers [row, picture, number], each about 0 ± 1
 * @param mask [row, picture], 1 where there is a picture
 */
export function findingOfSides(
  numbers: Node,
  mask: Node,
  { sides, hidden }: { readonly sides: readonly number[]; readonly hidden: number },
): SideFindings {
  const seen = [0, 1].map((side) => {
    const own = picturesOf(mask, sides, side);
    const values = picturesOf(numbers, sides, side);
    const down = reshape(own, [-1, own.shape[1] ?? 1, 1]);
    return { own, some: someOf(own), told: concat([maskedMean(values, down, 1), maskedMax(values, down, 1)], 1) };
  });
  const [one, other] = seen;
  if (one === undefined || other === undefined) throw new RangeError('a body has two sides');
  const both = multiply(one.some, other.some);
  const against = (mine: typeof one, theirs: typeof one) =>
    concat([mine.told, multiply(subtract(mine.told, theirs.told), both), mine.own, theirs.own], 1);
  const compared = [against(one, other), against(other, one)] as const;
  const length = compared[0].shape[1] ?? 1;
  const stacked = reshape(concat(compared, 1), [-1, length]);
  const mixed = dropout(relu(dense(stacked, { name: 'sides.hidden', outputs: hidden })), { rate: LEFT_OUT });
  const logits = reshape(dense(mixed, { name: 'sides.finding', outputs: 1 }), [-1, 2]);
  const present = concat([one.some, other.some], 1);
  const difference = subtract(slice(logits, 1, 0, 1), slice(logits, 1, 1, 2));
  return {
    ...{ logits, present },
    either: reshape(maskedMax(logits, present, 1), [-1, 1]),
    apart: multiply(add(relu(difference), relu(affine(difference, -1))), both),
  };
}

/**
 * Cross-entropy of the sides against the findings in their pictures: [row]. A side has one where any of its pictures that is there does.
 * @param found [row, picture], 1 where there is a finding
 * @param known [row, picture], 1 where that is known and the picture is there
 */
export function sideFindingLoss(
  { logits }: Pick<SideFindings, 'logits'>,
  sides: readonly number[],
  { found, known }: { readonly found: Node; readonly known: Node },
): Node {
  const shown = multiply(found, known);
  const each = (x: Node) => concat([someOf(picturesOf(x, sides, 0)), someOf(picturesOf(x, sides, 1))], 1);
  return binaryCrossEntropy(logits, each(shown), each(known));
}

/** Of [row, picture, …] the pictures of one side, in their order. */
function picturesOf(x: Node, sides: readonly number[], side: number): Node {
  const [first, ...rest] = sides.flatMap((one, at) => (one === side ? [slice(x, 1, at, at + 1)] : []));
  if (first === undefined) throw new RangeError(`there is no picture of side ${side}`);
  return concat([first, ...rest], 1);
}

/** [row, n] of 0 and 1 → [row, 1]: whether any is 1. */
function someOf(mask: Node): Node {
  return mask.network.apply('maximum', [mask], { axes: [1], keep: true });
}
