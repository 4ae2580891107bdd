/** Texts up to this length are remembered; most are dates, codes and UIDs. */
const LONGEST_BYTES = 64;
/** A power of two: places of the table, by the hash of the bytes. */
const PLACES = 4096;

const texts: string[] = new Array<string>(PLACES).fill('');
const codes: number[] = [];

/**
 * The text of a value that is letters, digits and signs of ASCII alone, which it is in every character set that DICOM
 * knows, without the padding at its ends; undefined for any other, which takes a decoder. The same bytes mostly give the
 * same string again: neither a view nor a string is made, and what is looked up by it finds its hash worked out.
 */
export function plainTextOf(bytes: Uint8Array, from: number, to: number): string | undefined {
  let end = to;
  while (end > from && isPadding(bytes[end - 1] as number)) end -= 1;
  let start = from;
  while (start < end && bytes[start] === 0x20) start += 1;
  const length = end - start;
  if (length > LONGEST_BYTES) return undefined;
  let hash = length;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] as number;
    if (byte < 0x20 || byte > 0x7e) return undefined;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
  const before = texts[place] as string;
  if (isWritten(before, bytes, start, length)) return before;
  codes.length = length;
  for (let index = 0; index < length; index += 1) codes[index] = bytes[start + index] as number;
  const text = String.fromCharCode.apply(null, codes);
  texts[place] = text;
  return text;
}

/** Whether a value is a text that was read of another before, which {@link plainTextOf} would find. */
export function isPlainText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  let end = to;
  while (end > from && isPadding(bytes[end - 1] as number)) end -= 1;
  let start = from;
  while (start < end && bytes[start] === 0x20) start += 1;
  return isWritten(text, bytes, start, end - start);
}

function isPadding(byte: number): boolean {
  return byte === 0x20 || byte === 0;
}

function isWritten(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index += 1) if (text.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
