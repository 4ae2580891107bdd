/** Sets of whole numbers as bits of 32-bit words. */
export type BitSet = Uint32Array;

/** An empty set that can hold numbers below `size`. */
export function emptySet(size: number): BitSet {
  return new Uint32Array((size + 31) >>> 5);
}

/** Every number below `size`. */
export function fullSet(size: number): BitSet {
  const all = emptySet(size).fill(0xffffffff);
  const rest = size & 31;
  if (rest !== 0) all[all.length - 1] = 0xffffffff >>> (32 - rest);
  return all;
}

/** Puts a number in. */
export function put(set: BitSet, member: number): void {
  set[member >>> 5] = (set[member >>> 5] ?? 0) | (1 << (member & 31));
}

/** True where a number is in. */
export function has(set: BitSet, member: number): boolean {
  return ((set[member >>> 5] ?? 0) & (1 << (member & 31))) !== 0;
}

/** Takes from a set what is not in the other. */
export function keepOnly(set: BitSet, other: BitSet): void {
  for (let word = 0; word < set.length; word += 1) set[word] = (set[word] ?? 0) & (other[word] ?? 0);
}

/** Adds to a set what is in the other. */
export function putAll(set: BitSet, other: BitSet): void {
  for (let word = 0; word < set.length; word += 1) set[word] = (set[word] ?? 0) | (other[word] ?? 0);
}

/** Takes out of a set what is in the other. */
export function takeOut(set: BitSet, other: BitSet): void {
  for (let word = 0; word < set.length; word += 1) set[word] = (set[word] ?? 0) & ~(other[word] ?? 0);
}

/** How many are in exactly one of two sets. */
export function differenceOf(one: BitSet, other: BitSet): number {
  let size = 0;
  for (let word = 0; word < one.length; word += 1) size += ones((one[word] ?? 0) ^ (other[word] ?? 0));
  return size;
}

/** How many are in a set. */
export function sizeOf(set: BitSet): number {
  let size = 0;
  for (const word of set) size += ones(word);
  return size;
}

/** Population count of a word. */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
