import { createReadStream } from 'node:fs';
import { UnicaError } from '#base';

const LONGEST_LINE = 4_194_304;

/** A line of a file of resources: the number of the line, from 1, and what it says. */
export interface FhirLine {
  readonly line: number;
  readonly value: unknown;
}

/**
 * Resources one a line (NDJSON), in the order of the file.
 * @throws UnicaError `intake.csv-invalid` where a line is no JSON, or longer than four million characters
 */
export async function* readFhirLines(path: string): AsyncGenerator<FhirLine> {
  let number = 0;
  for await (const line of linesOfText(path)) {
    number += 1;
    if (line.trim() === '') continue;
    if (line.length > LONGEST_LINE) throw fhirUnreadable(number, 'the resource is longer than four million characters');
    yield { line: number, value: parsedFhir(line, number) };
  }
}

/** Lines of a text, a byte order mark taken off. */
export async function* linesOfText(path: string): AsyncGenerator<string> {
  let line = '';
  let isFirst = true;
  for await (const piece of createReadStream(path, { encoding: 'utf8' })) {
    const text = isFirst ? (piece as string).replace(/^\ufeff/, '') : (piece as string);
    isFirst = false;
    const parts = `${line}${text}`.split('\n');
    line = parts.pop() ?? '';
    yield* parts;
    // No more than this is held of a line: a bundle is one without an end, and a longer resource is refused.
    if (line.length > LONGEST_LINE) {
      yield line;
      return;
    }
  }
  if (line !== '') yield line;
}

/** A document of JSON. @throws UnicaError `intake.csv-invalid` */
export function parsedFhir(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fhirUnreadable(line, 'it is no JSON');
  }
}

/** What cannot be read of FHIR, by line. */
export function fhirUnreadable(line: number, problem: string): UnicaError {
  return new UnicaError('intake.csv-invalid', { line, problem });
}
