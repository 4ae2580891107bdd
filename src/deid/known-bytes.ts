import { type KnownIdentifiers, repeatsKnown } from './known-identifiers.ts';

/** Names of this length in numbers are there by intent, not by chance. */
export const FEWEST_BYTES = 6;

/** Whether bytes that should be numbers spell a name or an identifier, in the encodings that text is hidden in. */
export function bytesRepeatKnown(known: KnownIdentifiers, bytes: Uint8Array): boolean {
  if (bytes.length < FEWEST_BYTES) return false;
  if (longestRun(bytes, PRINTED) >= FEWEST_BYTES) {
    const spelled = decoderOf('windows-1252').decode(bytes).match(SPELLED) ?? [];
    if (spelled.some((text) => repeatsKnown(known, text))) return true;
  }
  const { texts, mayHold } = searchedOf(known);
  if (texts.length === 0 || !mayHold(bytes)) return false;
  return ENCODINGS.some((label) => {
    const starts = label.startsWith('utf-16') ? [0, 1] : [0];
    return starts.some((start) => {
      const text = decoderOf(label).decode(bytes.subarray(start)).toLowerCase();
      return texts.some((one) => text.includes(one));
    });
  });
}

/** Letters and digits of ASCII one after the other, as numbers seldom are. */
const SPELLED = /[ -~]{6,}/g;
/** The bytes of these. */
const PRINTED = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte <= 0x7e ? 1 : 0));

const SINGLE_BYTE = ['windows-1252', 'iso-8859-7', 'iso-8859-5'] as const;
const ENCODINGS = ['windows-1252', 'utf-8', 'utf-16le', 'utf-16be', 'iso-8859-7', 'iso-8859-5'] as const;
const decoders = new Map<string, TextDecoder>();

function decoderOf(label: string): TextDecoder {
  const known = decoders.get(label) ?? new TextDecoder(label);
  decoders.set(label, known);
  return known;
}

/** What is looked for in bytes. */
interface Searched {
  readonly texts: readonly string[];
  /** False where bytes hold none of them in any encoding, as nearly all numbers do; true says nothing. */
  readonly mayHold: (bytes: Uint8Array) => boolean;
}

const searches = new WeakMap<KnownIdentifiers, Searched>();

function searchedOf(known: KnownIdentifiers): Searched {
  const before = searches.get(known);
  if (before !== undefined) return before;
  const texts = [...known.names, ...known.identifiers].filter((one) => one.length >= FEWEST_BYTES);
  const searched = { texts, mayHold: holderOf(texts) };
  searches.set(known, searched);
  return searched;
}

/** Fewer bytes are fewer characters than a name in UTF-16 has. */
const FEWEST_BYTES_OF_PAIRS = 2 * FEWEST_BYTES;

function holderOf(texts: readonly string[]): Searched['mayHold'] {
  const letters = new Set(texts.join(''));
  // The only letter of which two become in lower case has this as its second.
  if (letters.has('\u0307')) return () => true;
  const isAscii = [...letters].every((letter) => letter < '\u0080');
  const possible = possibleBytes(letters, isAscii);
  return (bytes) => {
    if (longestRun(bytes, possible) >= FEWEST_BYTES) return true;
    if (bytes.length < FEWEST_BYTES_OF_PAIRS) return false;
    return !isAscii || longestRunOfPairs(bytes, possible) >= FEWEST_BYTES;
  };
}

/** Bytes that stand for one of these letters, or for a part of one, in an encoding of bytes; as 1 at their places. */
function possibleBytes(letters: ReadonlySet<string>, isAscii: boolean): Uint8Array {
  const possible = new Uint8Array(256);
  for (const label of SINGLE_BYTE) {
    for (let byte = 0; byte < 256; byte += 1) {
      const letter = decoderOf(label).decode(Uint8Array.of(byte)).toLowerCase();
      // At the end of a word it becomes the other one.
      if (letters.has(letter) || (letter === 'σ' && letters.has('ς'))) possible[byte] = 1;
    }
  }
  // In UTF-8. Two other letters become one of ASCII in lower case: the sign of kelvin, and a capital i with a dot.
  if (!isAscii) possible.fill(1, 0x80);
  if (letters.has('k')) for (const byte of [0xe2, 0x84, 0xaa]) possible[byte] = 1;
  if (letters.has('i')) for (const byte of [0xc4, 0xb0]) possible[byte] = 1;
  return possible;
}

/** How many bytes stand one behind the other that are possible. */
function longestRun(bytes: Uint8Array, possible: Uint8Array): number {
  let longest = 0;
  let run = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    run = possible[bytes[at] as number] === 1 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

/** High bytes of letters of ASCII, and of the two that become one in lower case. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0 || byte === 0x21 || byte === 0x01 ? 1 : 0));

/** As {@link longestRun}, of letters of two bytes, wherever they begin and whichever byte comes first. */
function longestRunOfPairs(bytes: Uint8Array, possible: Uint8Array): number {
  let longest = 0;
  for (let start = 0; start < 2; start += 1) {
    let little = 0;
    let big = 0;
    for (let at = start; at + 1 < bytes.length; at += 2) {
      const first = bytes[at] as number;
      const second = bytes[at + 1] as number;
      little = isPossible(first, second, possible) ? little + 1 : 0;
      big = isPossible(second, first, possible) ? big + 1 : 0;
      longest = Math.max(longest, little, big);
    }
  }
  return longest;
}

function isPossible(low: number, high: number, possible: Uint8Array): boolean {
  return HIGH[high] === 1 && (high !== 0 || possible[low] === 1);
}
