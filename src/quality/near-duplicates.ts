import type { Likeness } from './perceptual-hash.ts';

/** Which pairs are called alike; measured, see docs/operators/quality.md. */
export interface LikenessLimits {
  /** Bits in which the hashes may differ, 0 to 15. */
  readonly bits: number;
  /** Least correlation of the thumbnails, 0 to 1. */
  readonly correlation: number;
}

const LIKENESS_LIMITS: LikenessLimits = { bits: 8, correlation: 0.985 };

/** What may be said to {@link nearDuplicates}. */
export interface DuplicateWish {
  readonly limits?: LikenessLimits;
  /** Pairs that look alike by nature and are no copies, by their indexes. */
  readonly isExpected?: (one: number, other: number) => boolean;
}

/** Candidates that one picture is compared with at most: thousands of test exposures of one phantom must not take a day. */
const MOST_COMPARED = 20_000;

/**
 * Groups of pictures that look alike, each with the indexes of two or more. Hashes at most `bits` apart agree in at least one of `bits + 1`
 * pieces, so only pictures that share a piece are compared (multi-index hashing, Norouzi et al. 2014): about linear in the number of
 * pictures as long as they differ.
 */
export function nearDuplicates(
  pictures: readonly (Likeness | undefined)[],
  { limits = LIKENESS_LIMITS, isExpected = () => false }: DuplicateWish = {},
): readonly (readonly number[])[] {
  const parents = Int32Array.from(pictures, (_, index) => index);
  const pieces = piecesOf(limits.bits + 1);
  const shelves = pieces.map(() => new Map<number, number[]>());
  const comparedWith = new Int32Array(pictures.length).fill(-1);
  // Hashes in one row: most comparisons end there.
  const hashes = Int32Array.from(pictures.flatMap((picture) => [...(picture?.hash ?? [0, 0])]));
  pictures.forEach((picture, index) => {
    if (picture === undefined) return;
    let compared = 0;
    pieces.forEach((piece, at) => {
      const shelf = shelves[at];
      const key = pieceOf(picture.hash, piece);
      const others = shelf?.get(key) ?? [];
      for (const other of others) {
        if (compared >= MOST_COMPARED) break;
        if (comparedWith[other] === index) continue;
        comparedWith[other] = index;
        compared += 1;
        const apart =
          ones((hashes[2 * other] ?? 0) ^ (hashes[2 * index] ?? 0)) +
          ones((hashes[2 * other + 1] ?? 0) ^ (hashes[2 * index + 1] ?? 0));
        if (apart > limits.bits || rootOf(parents, other) === rootOf(parents, index)) continue;
        const one = pictures[other];
        if (one === undefined || !areAlike(one, picture, limits) || isExpected(other, index)) continue;
        parents[rootOf(parents, index)] = rootOf(parents, other);
      }
      others.push(index);
      shelf?.set(key, others);
    });
  });
  const groups = new Map<number, number[]>();
  pictures.forEach((picture, index) => {
    if (picture === undefined) return;
    const root = rootOf(parents, index);
    const group = groups.get(root) ?? [];
    group.push(index);
    groups.set(root, group);
  });
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Whether two pictures are called alike. */
function areAlike(one: Likeness, other: Likeness, { bits, correlation }: LikenessLimits = LIKENESS_LIMITS): boolean {
  return bitsApart(one, other) <= bits && correlationOf(one.thumbnail, other.thumbnail) >= correlation;
}

/** Bits in which the hashes differ, 0 to 63. */
function bitsApart(one: Likeness, other: Likeness): number {
  return ones(one.hash[0] ^ other.hash[0]) + ones(one.hash[1] ^ other.hash[1]);
}

/** Pearson's correlation of two thumbnails, −1 to 1; 0 where one has no contrast. */
function correlationOf(one: Uint8Array, other: Uint8Array): number {
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  const count = one.length;
  for (let index = 0; index < count; index += 1) {
    const [x, y] = [one[index] ?? 0, other[index] ?? 0];
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const spread = (aa - (a * a) / count) * (bb - (b * b) / count);
  return spread > 0 ? (ab - (a * b) / count) / Math.sqrt(spread) : 0;
}

interface Piece {
  readonly from: number;
  readonly width: number;
}

function piecesOf(count: number): readonly Piece[] {
  const cut = (at: number): number => Math.floor((64 * at) / count);
  return Array.from({ length: count }, (_, at) => ({ from: cut(at), width: cut(at + 1) - cut(at) }));
}

/** Bits `from` to `from + width` of the 64; bit 0 is the lowest of the first half. At most 53 wide. */
function pieceOf([first, second]: Likeness['hash'], { from, width }: Piece): number {
  const lower = from >= 32 ? 0 : Math.floor(first / 2 ** from);
  const upper = from >= 32 ? Math.floor(second / 2 ** (from - 32)) : second * 2 ** (32 - from);
  const size = 2 ** width;
  // Each by itself, since 64 bits do not fit into a number.
  return ((lower % size) + (upper % size)) % size;
}

function ones(bits: number): number {
  let value = bits - ((bits >>> 1) & 0x55555555);
  value = (value & 0x33333333) + ((value >>> 2) & 0x33333333);
  return Math.imul((value + (value >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function rootOf(parents: Int32Array, index: number): number {
  let root = index;
  while ((parents[root] ?? root) !== root) {
    parents[root] = parents[parents[root] ?? root] ?? root;
    root = parents[root] ?? root;
  }
  return root;
}
