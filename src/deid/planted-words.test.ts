/** Encodings in which words are looked for and planted, beside UTF-8 and UTF-16. */
const CODED = [
  ...['iso-8859-1', 'iso-8859-2', 'iso-8859-3', 'iso-8859-4', 'iso-8859-5', 'iso-8859-6', 'iso-8859-7', 'iso-8859-8'],
  ...['windows-1254', 'windows-874', 'shift_jis', 'euc-jp', 'euc-kr', 'gbk', 'gb18030'],
] as const;

/** Escapes before and after a text of one of the sets that are reached by code extensions (PS3.3 table C.12-4). */
const EXTENDED: Readonly<Record<string, readonly [label: string, before: string, after: string, lower: boolean]>> = {
  'iso-2022-jp': ['euc-jp', '\u001b$B', '\u001b(B', true],
  'iso-2022-kr': ['euc-kr', '\u001b$)C', '', false],
  'iso-2022-cn': ['gbk', '\u001b$)A', '', false],
  'iso-2022-greek': ['iso-8859-7', '\u001b-F', '', false],
  'iso-2022-cyrillic': ['iso-8859-5', '\u001b-L', '', false],
  'iso-2022-baltic': ['iso-8859-4', '\u001b-D', '', false],
};

const tables = new Map<string, ReadonlyMap<string, readonly number[]>>();

/** Characters and their bytes, by asking the decoder about every byte and every pair. */
function tableOf(label: string): ReadonlyMap<string, readonly number[]> {
  const known = tables.get(label);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(label);
  const table = new Map<string, readonly number[]>();
  const learn = (bytes: readonly number[]): void => {
    const text = decoder.decode(Uint8Array.from(bytes));
    if ([...text].length === 1 && text !== '\ufffd' && !table.has(text)) table.set(text, bytes);
  };
  for (let byte = 0; byte < 256; byte += 1) learn([byte]);
  if (/jis|euc|gb/.test(label)) {
    for (let first = 0x81; first < 255; first += 1)
      for (let second = 0x40; second < 255; second += 1) learn([first, second]);
  }
  tables.set(label, table);
  return table;
}

/** A text in an encoding; undefined where it has no place in it. */
function encoded(text: string, label: string): Uint8Array | undefined {
  if (label === 'utf-8') return new TextEncoder().encode(text);
  const table = tableOf(label);
  const bytes = Array.from(text, (character) => table.get(character));
  return bytes.every((one) => one !== undefined) ? Uint8Array.from(bytes.flat() as readonly number[]) : undefined;
}

/** A text as a DICOM value in a character set. @throws RangeError where it cannot be written so. */
export function codedText(text: string, label: string): Uint8Array {
  const [inner = label, before = '', after = '', lower = false] = EXTENDED[label] ?? [];
  const bytes = encoded(text, inner);
  if (bytes === undefined) throw new RangeError(`${label} has no place for ${text}`);
  const ascii = new TextEncoder();
  return Uint8Array.from([
    ...ascii.encode(before),
    ...bytes.map((byte) => (lower ? byte & 0x7f : byte)),
    ...ascii.encode(after),
  ]);
}

/**
 * The words, in lower case, that are left in bytes: as text of every encoding in any case, in Base64 from any of three
 * places, in hexadecimal.
 */
export function leftOf(bytes: Uint8Array, words: readonly string[]): readonly string[] {
  const text = folded(bytes);
  return words.filter((word) => needlesOf(word).some((needle) => text.includes(needle)));
}

const needles = new Map<string, readonly string[]>();

function needlesOf(word: string): readonly string[] {
  const known = needles.get(word);
  if (known !== undefined) return known;
  const spelled = [word, word.toUpperCase(), `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`];
  const found = new Set<string>();
  for (const one of spelled) {
    const utf16 = Buffer.from(one, 'utf16le');
    const codings = [Buffer.from(one, 'utf8'), utf16, Buffer.from(utf16).swap16()];
    for (const label of CODED) {
      const coded = encoded(one, label);
      if (coded !== undefined) codings.push(Buffer.from(coded));
    }
    const japanese = encoded(one, 'euc-jp');
    if (japanese?.every((byte) => byte >= 0x80)) codings.push(Buffer.from(japanese.map((byte) => byte & 0x7f)));
    for (const coding of codings) {
      found.add(folded(coding));
      if (coding.length >= 5) found.add(folded(Buffer.from(coding.toString('hex'))));
      // What stands before and after it changes its first and last character.
      for (const before of [0, 1, 2]) {
        const base64 = Buffer.concat([Buffer.alloc(before), coding])
          .toString('base64')
          .replace(/=+$/, '');
        const inner = base64.slice(
          before === 0 ? 0 : before + 1,
          coding.length + before - 3 * Math.floor((coding.length + before) / 3) === 0 ? undefined : -1,
        );
        if (inner.length >= 6) found.add(folded(Buffer.from(inner)));
      }
    }
  }
  const list = [...found].filter((needle) => needle.length >= 4);
  needles.set(word, list);
  return list;
}

/** One character a byte, A–Z as a–z. */
function folded(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
