/** Of text as long as the shortest that is compared: which stand in the identifiers of a file, perhaps some more. */
export class KnownStretches {
  readonly #bits = new Uint8Array(BITS / 8);

  /** @param identifiers in lower case */
  constructor(identifiers: readonly string[]) {
    for (const one of identifiers) {
      for (let start = 0; start + STRETCH <= one.length; start += 1) {
        let hash = 0;
        for (let index = 0; index < STRETCH; index += 1) hash = joined(hash, one.charCodeAt(start + index));
        const bit = placeOf(hash);
        this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] as number) | (1 << (bit & 7));
      }
    }
  }

  /** Whether what begins at a place among bytes of ASCII may stand in an identifier; there have to be enough of them. */
  mayHold(bytes: Uint8Array, from: number): boolean {
    let hash = 0;
    for (let index = 0; index < STRETCH; index += 1) hash = joined(hash, inLowerCase(bytes[from + index] as number));
    const bit = placeOf(hash);
    return ((this.#bits[bit >>> 3] as number) & (1 << (bit & 7))) !== 0;
  }
}

/** Shorter numbers are no identifiers: the length that `isKnownNumber` asks for. */
const STRETCH = 6;
/** Of a filter: identifiers of a file have some hundred stretches. */
const BITS = 16_384;

function joined(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0;
}

function placeOf(hash: number): number {
  return (hash ^ (hash >>> 14)) & (BITS - 1);
}

function inLowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** Values are joined by it. */
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/**
 * Whether a value is numbers as their representation asks for (PS3.5 section 6.2, DS and IS), of which none can be a known
 * identifier. False also where that takes a closer look.
 * @param isWhole for IS
 */
export function arePlainNumbers(
  bytes: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  isWhole: boolean,
  known: KnownStretches,
): boolean {
  let end = to;
  while (end > from && (bytes[end - 1] === SPACE || bytes[end - 1] === 0)) end -= 1;
  for (let at = from; ; at += 1) {
    while (at < end && bytes[at] === SPACE) at += 1;
    const start = at;
    at = numberEnd(bytes, start, end, isWhole);
    if (at - start >= STRETCH && known.mayHold(bytes, start)) return false;
    while (at < end && bytes[at] === SPACE) at += 1;
    if (at === end) return true;
    if (bytes[at] !== BACKSLASH) return false;
  }
}

/** Where a number ends that begins at a place; the place itself where there is none. */
function numberEnd(bytes: Uint8Array, start: number, limit: number, isWhole: boolean): number {
  const first = signEnd(bytes, start, limit);
  let at = digitsEnd(bytes, first, limit);
  let digits = at - first;
  if (!isWhole && at < limit && bytes[at] === POINT) {
    const behind = digitsEnd(bytes, at + 1, limit);
    digits += behind - at - 1;
    at = behind;
  }
  if (digits === 0) return start;
  // The letter e, large or small.
  if (isWhole || at >= limit || ((bytes[at] as number) | 0x20) !== 0x65) return at;
  const exponent = signEnd(bytes, at + 1, limit);
  const end = digitsEnd(bytes, exponent, limit);
  return end === exponent ? start : end;
}

const POINT = 0x2e;

function signEnd(bytes: Uint8Array, at: number, limit: number): number {
  return at < limit && (bytes[at] === 0x2b || bytes[at] === 0x2d) ? at + 1 : at;
}

function digitsEnd(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  while (at < limit && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at += 1;
  return at;
}
