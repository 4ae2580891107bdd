import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { UnicaError } from '#base';
import { codePageOf, markOf, type TableEncoding } from './decode-table.ts';

/** What a first look at all bytes of a text file tells, so that a second can read it piece by piece. */
export interface TextSurvey {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly encoding: TableEncoding;
  /** Lines in another encoding than most; a table pasted together of two has them. */
  readonly otherLines: number;
}

const NEWLINE = 0x0a;
/** Of the lines that are not ASCII so many bytes decide on the code page. */
const SAMPLE_BYTES = 262_144;
/** A line longer than this is none. */
const LONGEST_LINE = 8_388_608;

/**
 * Reads a file once, holding one piece of it: its digest and how it is written.
 * @throws UnicaError `intake.csv-invalid` for bytes that are no text
 */
export async function surveyText(path: string): Promise<TextSurvey> {
  const digest = createHash('sha256');
  let sizeBytes = 0;
  let marked: TableEncoding | undefined;
  let unicode = 0;
  let foreign = 0;
  const sample: Uint8Array[] = [];
  let sampled = 0;
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  for await (const piece of linesOf(path, (bytes) => {
    if (sizeBytes === 0) marked = markOf(bytes);
    if (sizeBytes < 65_536 && marked === undefined && bytes.subarray(0, 65_536).includes(0))
      throw new UnicaError('intake.csv-invalid', { line: 1, problem: 'it is no text' });
    digest.update(bytes);
    sizeBytes += bytes.length;
  })) {
    if (marked === 'utf-16le' || marked === 'utf-16be' || isAscii(piece)) continue;
    if (decodes(utf8, piece)) {
      unicode += 1;
      continue;
    }
    for (const line of split(piece)) {
      if (isAscii(line)) continue;
      if (decodes(utf8, line)) unicode += 1;
      else {
        foreign += 1;
        if (sampled < SAMPLE_BYTES) {
          sample.push(line);
          sampled += line.length;
        }
      }
    }
  }
  const sha256 = digest.digest('hex');
  if (marked !== undefined && marked !== 'utf-8') return { sizeBytes, sha256, encoding: marked, otherLines: 0 };
  if (foreign === 0) return { sizeBytes, sha256, encoding: 'utf-8', otherLines: 0 };
  return { sizeBytes, sha256, encoding: codePageOf(Buffer.concat(sample)), otherLines: unicode };
}

/** The text of a surveyed file, piece by piece; lines that are UTF-8 are read so, whatever the others are. */
export async function* textOf(path: string, { encoding }: Pick<TextSurvey, 'encoding'>): AsyncGenerator<string> {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const decoder = new TextDecoder(encoding);
    for await (const bytes of createReadStream(path, { highWaterMark: 1_048_576 }))
      yield decoder.decode(bytes as Uint8Array, { stream: true });
    yield decoder.decode();
    return;
  }
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const page = new TextDecoder(encoding);
  let isFirst = true;
  for await (const piece of linesOf(path)) {
    const text =
      decoded(utf8, piece) ?? [...split(piece)].map((line) => decoded(utf8, line) ?? page.decode(line)).join('');
    yield isFirst ? text.replace(/^\uFEFF/, '') : text;
    isFirst = false;
  }
}

/** Pieces that end with a line. */
async function* linesOf(path: string, look?: (bytes: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const read of createReadStream(path, { highWaterMark: 1_048_576 })) {
    const bytes = read as Uint8Array;
    look?.(bytes);
    const end = bytes.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest = Buffer.concat([rest, bytes]);
      if (rest.length > LONGEST_LINE)
        throw new UnicaError('intake.csv-invalid', { line: 1, problem: 'a line of it does not end' });
      continue;
    }
    yield rest.length === 0 ? bytes.subarray(0, end + 1) : Buffer.concat([rest, bytes.subarray(0, end + 1)]);
    rest = bytes.slice(end + 1);
  }
  if (rest.length > 0) yield rest;
}

function* split(piece: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  while (start < piece.length) {
    const end = piece.indexOf(NEWLINE, start);
    const next = end < 0 ? piece.length : end + 1;
    yield piece.subarray(start, next);
    start = next;
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte > 0x7f) return false;
  return true;
}

function decodes(utf8: TextDecoder, bytes: Uint8Array): boolean {
  return decoded(utf8, bytes) !== undefined;
}

function decoded(utf8: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
