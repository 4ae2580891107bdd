import { utf8 } from '#base';

/** A planted text that was found, told without repeating it. */
export interface TextFinding {
  /** What it is: `PatientName`, `PatientID` … */
  readonly what: string;
  readonly encoding: 'UTF-8' | 'Latin-1' | 'UTF-16LE' | 'UTF-16BE';
  readonly offset: number;
}

interface Needle {
  readonly what: string;
  readonly encoding: TextFinding['encoding'];
  /** Digits and a–f only: such a needle can turn up by chance within a digest, so it must stand alone. */
  readonly standsAlone: boolean;
}

/** Needles that begin with the same four bytes; numbers of one hospital do by the thousand. */
interface Candidates {
  readonly lengths: Set<number>;
  /** By their bytes as Latin-1 text. */
  readonly needles: Map<string, Needle>;
}

/** Fewer bytes than this turn up by chance in any file of weights. */
const SHORTEST_NEEDLE_BYTES = 6;

/**
 * Many texts, searched for at once in bytes: each in UTF-8, Latin-1 and UTF-16 of both byte orders, whatever the case.
 * The first four bytes choose the candidates; the rest is compared.
 */
export class PlantedText {
  readonly #needles = new Map<number, Candidates>();
  readonly #known = new Set<string>();
  #tooShort = 0;

  /** Adds a text; one too short to be told from chance is only counted. */
  add(what: string, text: string): void {
    if (this.#known.has(text)) return;
    this.#known.add(text);
    if (text.length < SHORTEST_NEEDLE_BYTES) {
      this.#tooShort += 1;
      return;
    }
    for (const cased of new Set([text, text.toLowerCase(), text.toUpperCase()])) {
      for (const { encoding, bytes } of encodingsOf(cased)) this.#addNeedle(what, encoding, folded(bytes));
    }
  }

  /** Texts that are searched for. */
  get size(): number {
    return this.#known.size - this.#tooShort;
  }

  /** Texts too short to be searched for. */
  get tooShort(): number {
    return this.#tooShort;
  }

  /** Every place where a planted text stands. */
  *find(bytes: Uint8Array): Generator<TextFinding> {
    const view = Buffer.from(folded(bytes).buffer);
    for (let offset = 0; offset + 4 <= view.length; offset += 1) {
      const candidates = this.#needles.get(keyAt(view, offset));
      if (candidates === undefined) continue;
      for (const length of candidates.lengths) {
        const needle = candidates.needles.get(view.toString('latin1', offset, offset + length));
        if (needle === undefined || (needle.standsAlone && !isApart(view, offset, length))) continue;
        yield { what: needle.what, encoding: needle.encoding, offset };
        break;
      }
    }
  }

  #addNeedle(what: string, encoding: Needle['encoding'], bytes: Uint8Array): void {
    const key = keyAt(bytes, 0);
    const candidates = this.#needles.get(key) ?? { lengths: new Set(), needles: new Map() };
    const text = Buffer.from(bytes).toString('latin1');
    if (!candidates.needles.has(text)) {
      const standsAlone = bytes.length < 16 && bytes.every(isHexadecimal);
      candidates.needles.set(text, { what, encoding, standsAlone });
      candidates.lengths.add(bytes.length);
    }
    this.#needles.set(key, candidates);
  }
}

function encodingsOf(text: string): readonly { readonly encoding: Needle['encoding']; readonly bytes: Uint8Array }[] {
  const little = new Uint8Array(Buffer.from(text, 'utf16le'));
  return [
    { encoding: 'UTF-8', bytes: utf8(text) },
    { encoding: 'Latin-1', bytes: new Uint8Array(Buffer.from(text, 'latin1')) },
    { encoding: 'UTF-16LE', bytes: little },
    { encoding: 'UTF-16BE', bytes: new Uint8Array(Buffer.from(little).swap16()) },
  ];
}

function isApart(view: Uint8Array, offset: number, length: number): boolean {
  return !isWordByte(view[offset - 1] ?? 0) && !isWordByte(view[offset + length] ?? 0);
}

function keyAt(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] ?? 0) |
    ((bytes[offset + 1] ?? 0) << 8) |
    ((bytes[offset + 2] ?? 0) << 16) |
    ((bytes[offset + 3] ?? 0) << 24)
  );
}

/** A–Z as a–z; all other bytes as they are. */
function folded(bytes: Uint8Array): Uint8Array {
  const view = new Uint8Array(bytes);
  for (let index = 0; index < view.length; index += 1) {
    const byte = view[index] ?? 0;
    if (byte >= 65 && byte <= 90) view[index] = byte + 32;
  }
  return view;
}

function isHexadecimal(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102);
}

function isWordByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122);
}
