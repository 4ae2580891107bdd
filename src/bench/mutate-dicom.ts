import type { SeededRandom } from '#base';

/** Lengths that readers trip over, as they stand in a file: undefined, huge, odd, off by one. */
const LENGTHS = [0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000, 0x10000, 0xffff, 0xfffe, 13, 8, 1, 0] as const;
const REPRESENTATIONS = ['SQ', 'UN', 'OB', 'OW', 'OV', 'UT', 'UC', 'AT', 'PN', 'DS', 'FD', 'US', 'UI', '??'] as const;
/** Item, item and sequence delimiters, pixel data, character set, a private element, the group of the file's header. */
const TAGS = [0xfffee000, 0xfffee00d, 0xfffee0dd, 0x7fe00010, 0x00080005, 0x00091001, 0x00020010, 0x60003000] as const;
const MOST_CHANGES = 4;
/** Preamble and prefix: whatever breaks them ends at the first look. */
const PREAMBLE = 132;

type Change = (bytes: Uint8Array, random: SeededRandom, other: Uint8Array) => Uint8Array;

/**
 * The bytes changed in one to four places, as files are damaged and as attackers write them: bits, lengths,
 * representations, tags, a piece gone, doubled or taken from another file. Changes keep to the grid of the format more
 * often than chance would, so that they reach behind the first check.
 */
export function mutated(random: SeededRandom, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  // One change reaches deepest: most damage is found where the parser meets it first.
  const changes = random.below(2) === 0 ? 1 : 1 + random.below(MOST_CHANGES);
  for (let change = 0; change < changes && changed.length > 0; change += 1)
    changed = (CHANGES[random.below(CHANGES.length)] as Change)(changed, random, other);
  return changed;
}

const CHANGES: readonly Change[] = [
  (bytes, random) => written(bytes, place(bytes, random), [random.below(256)]),
  (bytes, random) => {
    const at = place(bytes, random) ^ random.below(2);
    return written(bytes, at, [(bytes[at] ?? 0) ^ (1 << random.below(8))]);
  },
  (bytes, random) => written(bytes, place(bytes, random), number(pick(LENGTHS, random), 4, random)),
  (bytes, random) => written(bytes, place(bytes, random), number(pick(LENGTHS, random) & 0xffff, 2, random)),
  (bytes, random) => written(bytes, place(bytes, random), number((bytes[0] ?? 0) + random.below(64), 2, random)),
  (bytes, random) => {
    const representation = pick(REPRESENTATIONS, random);
    return written(bytes, place(bytes, random), [representation.charCodeAt(0), representation.charCodeAt(1)]);
  },
  (bytes, random) => {
    const tag = pick(TAGS, random);
    const halves = [number(tag >>> 16, 2, random), number(tag & 0xffff, 2, random)];
    return written(bytes, place(bytes, random), halves.flat());
  },
  (bytes, random) => bytes.subarray(0, place(bytes, random)).slice(),
  (bytes, random) => {
    const from = place(bytes, random);
    return joined([bytes.subarray(0, from), bytes.subarray(Math.min(bytes.length, from + 2 + 2 * random.below(40)))]);
  },
  (bytes, random) => {
    const from = place(bytes, random);
    const part = bytes.subarray(from, from + 2 * random.below(200));
    return joined([bytes.subarray(0, from), part, bytes.subarray(from)]);
  },
  (bytes, random, other) => {
    const from = place(other, random);
    const part = other.subarray(from, from + 2 * random.below(400));
    const at = place(bytes, random);
    return joined([bytes.subarray(0, at), part, bytes.subarray(at)]);
  },
  // Nests deeper than any real file: a sequence within a sequence within …
  (bytes, random) => {
    const depth = 1 + random.below(200);
    const one = [
      0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff,
    ];
    const at = place(bytes, random);
    const nest = new Uint8Array(one.length * depth);
    for (let level = 0; level < depth; level += 1) nest.set(one, level * one.length);
    return joined([bytes.subarray(0, at), nest, bytes.subarray(at)]);
  },
];

/** Mostly behind the preamble, and even, since elements begin at even places. */
function place(bytes: Uint8Array, random: SeededRandom): number {
  const start = random.below(16) === 0 ? 0 : Math.min(PREAMBLE, bytes.length);
  const at = start + random.below(Math.max(1, bytes.length - start));
  return random.below(8) === 0 ? at : at & ~1;
}

function pick<T>(list: readonly T[], random: SeededRandom): T {
  return list[random.below(list.length)] as T;
}

function number(value: number, size: 2 | 4, random: SeededRandom): readonly number[] {
  const little = Array.from({ length: size }, (_, index) => (value / 2 ** (8 * index)) & 0xff);
  return random.below(8) === 0 ? little.toReversed() : little;
}

function written(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  values.slice(0, bytes.length - at).forEach((value, index) => {
    bytes[at + index] = value;
  });
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
