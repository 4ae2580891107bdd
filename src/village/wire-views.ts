/** A way of reading recorded bytes. */
export interface WireView {
  readonly how: 'as sent' | 'base64' | 'hexadecimal' | 'percent-encoded' | 'number list';
  readonly bytes: Uint8Array;
}

/** Shorter runs decode to fewer bytes than anything that is searched for. */
const SHORTEST_RUN = 8;

/**
 * The recorded bytes as sent, and what their base64, hexadecimal, percent-encoded and decimal-list stretches decode to.
 * A stretch is decoded at each possible alignment, so that a secret is found wherever in it it begins.
 */
export function* wireViews(bytes: Uint8Array): Generator<WireView> {
  yield { how: 'as sent', bytes };
  for (const run of runsOf(bytes, isBase64)) {
    const text = Buffer.from(run).toString('latin1');
    for (let skip = 0; skip < 4; skip += 1) {
      yield { how: 'base64', bytes: new Uint8Array(Buffer.from(text.slice(skip), 'base64')) };
    }
  }
  for (const run of runsOf(bytes, isHexadecimal)) {
    const text = Buffer.from(run).toString('latin1');
    for (let skip = 0; skip < 2; skip += 1) {
      yield { how: 'hexadecimal', bytes: new Uint8Array(Buffer.from(text.slice(skip), 'hex')) };
    }
  }
  const plain = percentDecoded(bytes);
  if (plain !== undefined) yield { how: 'percent-encoded', bytes: plain };
  for (const run of runsOf(bytes, isNumberList)) {
    const numbers = Buffer.from(run)
      .toString('latin1')
      .split(/[^0-9]+/)
      .filter((digits) => digits !== '')
      .map(Number);
    if (numbers.length < SHORTEST_RUN) continue;
    yield { how: 'number list', bytes: Uint8Array.from(numbers, (value) => Math.min(255, value)) };
    yield { how: 'number list', bytes: new Uint8Array(Uint16Array.from(numbers).buffer) };
  }
}

type ByteClass = (byte: number) => boolean;

const isDigit: ByteClass = (byte) => byte >= 48 && byte <= 57;
const isLetter: ByteClass = (byte) => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
/** Standard and URL alphabets: `+ /` and `- _`. */
const isBase64: ByteClass = (byte) =>
  isDigit(byte) || isLetter(byte) || byte === 43 || byte === 47 || byte === 45 || byte === 95;
const isHexadecimal: ByteClass = (byte) => isDigit(byte) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102);
const isNumberList: ByteClass = (byte) => isDigit(byte) || byte === 44 || byte === 32 || byte === 10;

function* runsOf(bytes: Uint8Array, belongs: ByteClass): Generator<Uint8Array> {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => (belongs(byte) ? 1 : 0));
  let start = 0;
  for (let index = 0; index <= bytes.length; index += 1) {
    if (index < bytes.length && table[bytes[index] ?? 0] === 1) continue;
    if (index - start >= SHORTEST_RUN) yield bytes.subarray(start, index);
    start = index + 1;
  }
}

/** The bytes with `%41` and `+` read as in forms; nothing when there is no such escape. */
function percentDecoded(bytes: Uint8Array): Uint8Array | undefined {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  let escapes = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const pair = bytes[index] === 37 ? Buffer.from(bytes.subarray(index + 1, index + 3)).toString('latin1') : '';
    if (/^[0-9a-f]{2}$/i.test(pair)) {
      plain[length] = Number.parseInt(pair, 16);
      index += 2;
      escapes += 1;
    } else {
      plain[length] = bytes[index] === 43 ? 32 : (bytes[index] ?? 0);
    }
    length += 1;
  }
  return escapes === 0 ? undefined : plain.subarray(0, length);
}
