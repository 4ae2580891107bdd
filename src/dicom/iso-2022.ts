/** What bytes of one half of the table stand for until the next escape sequence. */
interface Half {
  /** Bytes of a character. */
  readonly width: 1 | 2;
  /** The encoding of the WHATWG that holds the same characters, and how the bytes read there. */
  readonly label: string;
  readonly lead: readonly number[];
}

const single = (label: string): Half => ({ width: 1, label, lead: [] });
const double = (label: string, lead: readonly number[] = []): Half => ({ width: 2, label, lead });

/** Escape sequences of PS3.3 tables C.12-3 and C.12-4 without the escape, for the lower half. */
const LOWER: Readonly<Record<string, Half>> = {
  '(B': single('windows-1252'),
  '(J': single('windows-1252'),
  $B: double('euc-jp'),
  '$(D': double('euc-jp', [0x8f]),
};

/** For the upper half. */
const UPPER: Readonly<Record<string, Half>> = {
  '-A': single('iso-8859-1'),
  '-B': single('iso-8859-2'),
  '-C': single('iso-8859-3'),
  '-D': single('iso-8859-4'),
  '-F': single('iso-8859-7'),
  '-G': single('iso-8859-6'),
  '-H': single('iso-8859-8'),
  '-L': single('iso-8859-5'),
  '-M': single('iso-8859-9'),
  '-T': single('windows-874'),
  '-b': single('iso-8859-15'),
  ')I': single('shift_jis'),
  '$)A': double('gbk'),
  '$)C': double('euc-kr'),
};

const ESCAPE = 0x1b;
const decoders = new Map<string, TextDecoder>();

/** True for a value that changes its character set within itself. */
export function hasCodeExtensions(value: Uint8Array): boolean {
  return value.includes(ESCAPE);
}

/**
 * Text of a value with code extensions (PS3.5 section 6.1.2.5). @param label of the set that holds at the start, after
 * each value and line, and in names after each group and component. An escape that is not in the tables of PS3.3 stays
 * in the text as the character U+001B, so that nobody takes the rest for read.
 */
export function decodeIso2022(value: Uint8Array, label: string, isName: boolean): string {
  const initial = { lower: single(label), upper: single(label) };
  let { lower, upper } = initial;
  let text = '';
  for (let at = 0; at < value.length; ) {
    const byte = value[at] ?? 0;
    if (byte === ESCAPE) {
      const found = escapeAt(value, at + 1);
      if (found === undefined) {
        text += '\u001b';
        at += 1;
      } else {
        lower = LOWER[found] ?? lower;
        upper = UPPER[found] ?? upper;
        at += 1 + found.length;
      }
      continue;
    }
    const half = byte < 0x80 ? lower : upper;
    if (byte < 0x21 || half.width === 1) {
      // Values of several bytes a character that need no escape are read as a stretch.
      const end = stretchEnd(value, at, lower, upper);
      text += decoderOf(half.label).decode(value.subarray(at, end));
      if (endsPart(value.subarray(at, end), isName)) ({ lower, upper } = initial);
      at = end;
    } else {
      const pair = value.subarray(at, at + 2);
      text += decoderOf(half.label).decode(Uint8Array.from([...half.lead, ...pair.map((part) => part | 0x80)]));
      at += 2;
    }
  }
  return text;
}

/** Bytes that one decoder reads together: up to an escape, a character of two bytes, the other half or an end. */
function stretchEnd(value: Uint8Array, start: number, lower: Half, upper: Half): number {
  let end = start + 1;
  if (isEnd(value[start])) return end;
  const isUpper = (value[start] ?? 0) >= 0x80;
  while (end < value.length) {
    const byte = value[end] ?? 0;
    const half = byte < 0x80 ? lower : upper;
    if (byte === ESCAPE || isEnd(byte) || (byte >= 0x21 && half.width === 2)) break;
    if (lower.label !== upper.label && byte >= 0x80 !== isUpper) break;
    end += 1;
  }
  return end;
}

const BACKSLASH = 0x5c;
const CARET = 0x5e;
const EQUALS = 0x3d;

function isEnd(byte: number | undefined): boolean {
  return byte === BACKSLASH || byte === CARET || byte === EQUALS || (byte !== undefined && byte >= 9 && byte <= 13);
}

function endsPart(stretch: Uint8Array, isName: boolean): boolean {
  const [byte = 0] = stretch;
  if (stretch.length !== 1 || !isEnd(byte)) return false;
  return isName || (byte !== CARET && byte !== EQUALS);
}

function escapeAt(value: Uint8Array, at: number): string | undefined {
  for (const length of [2, 3]) {
    const sequence = String.fromCharCode(...value.subarray(at, at + length));
    if (sequence in LOWER || sequence in UPPER) return sequence;
  }
  return undefined;
}

function decoderOf(label: string): TextDecoder {
  const known = decoders.get(label) ?? new TextDecoder(label);
  decoders.set(label, known);
  return known;
}
