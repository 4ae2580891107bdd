import { fromUtf8, sha256Hex } from '#base';

/** One HTTP/1.1 request as it was seen on the wire. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  /** Bytes on the wire: head, framing and body. */
  readonly bytes: number;
  /** The body with its framing taken off. */
  readonly body: Uint8Array;
  readonly bodySha256: string;
  /** False when the connection broke before the request's end. */
  readonly complete: boolean;
}

/** What one connection carried towards the hub. */
export interface ConnectionRecord {
  readonly requests: readonly RecordedRequest[];
  /** Bytes that are no HTTP/1.1 request; anything above 0 is a finding. */
  readonly strayBytes: number;
}

interface Body {
  readonly content: Uint8Array;
  /** Offset after the body; past the record's end when it was cut. */
  readonly end: number;
  readonly complete: boolean;
}

/** Reads the requests of one connection (RFC 9112: content-length and chunked bodies, pipelining). */
export function readConnectionRecord(record: Uint8Array): ConnectionRecord {
  const requests: RecordedRequest[] = [];
  let offset = 0;
  while (offset < record.length) {
    const headEnd = indexOfBlankLine(record, offset);
    const head = fromUtf8(record.subarray(offset, headEnd ?? record.length));
    const [line = '', ...fields] = head.split('\r\n');
    const [, method, path] = /^([A-Z]+) (\S+)(?: HTTP\/1\.[01])?$/.exec(line) ?? [];
    if (method === undefined || path === undefined) return { requests, strayBytes: record.length - offset };
    const body: Body =
      headEnd === undefined
        ? { content: new Uint8Array(0), end: record.length, complete: false }
        : bodyAt(record, headEnd, fields);
    requests.push({
      method,
      path,
      bytes: body.end - offset,
      body: body.content,
      bodySha256: sha256Hex(body.content),
      complete: body.complete,
    });
    offset = body.end;
  }
  return { requests, strayBytes: 0 };
}

function bodyAt(record: Uint8Array, start: number, fields: readonly string[]): Body {
  const value = (name: string): string | undefined =>
    fields
      .find((field) => field.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  if (value('transfer-encoding')?.toLowerCase().endsWith('chunked') === true) return chunkedBody(record, start);
  const length = Number(value('content-length') ?? 0);
  const end = Math.min(record.length, start + length);
  return { content: record.subarray(start, end), end, complete: end === start + length };
}

function chunkedBody(record: Uint8Array, start: number): Body {
  const chunks: Uint8Array[] = [];
  let offset = start;
  for (;;) {
    const lineEnd = indexOfLineEnd(record, offset);
    if (lineEnd === undefined) return { content: joined(chunks), end: record.length, complete: false };
    const size = Number.parseInt(fromUtf8(record.subarray(offset, lineEnd)), 16);
    if (size === 0) return trailer(record, lineEnd, joined(chunks));
    const end = lineEnd + 2 + size;
    chunks.push(record.subarray(lineEnd + 2, Math.min(end, record.length)));
    if (Number.isNaN(size) || end + 2 > record.length) {
      return { content: joined(chunks), end: record.length, complete: false };
    }
    offset = end + 2;
  }
}

/** The last chunk is followed by trailer fields, each on a line, and an empty line. */
function trailer(record: Uint8Array, lastSizeEnd: number, content: Uint8Array): Body {
  let offset = lastSizeEnd + 2;
  for (;;) {
    const lineEnd = indexOfLineEnd(record, offset);
    if (lineEnd === undefined) return { content, end: record.length, complete: false };
    if (lineEnd === offset) return { content, end: lineEnd + 2, complete: true };
    offset = lineEnd + 2;
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

function indexOfLineEnd(record: Uint8Array, from: number): number | undefined {
  for (let index = from; index + 1 < record.length; index += 1) {
    if (record[index] === 13 && record[index + 1] === 10) return index;
  }
  return undefined;
}

/** Offset of the first byte after the head. */
function indexOfBlankLine(record: Uint8Array, from: number): number | undefined {
  let lineStart = from;
  for (;;) {
    const lineEnd = indexOfLineEnd(record, lineStart);
    if (lineEnd === undefined) return undefined;
    if (lineEnd === lineStart) return lineEnd + 2;
    lineStart = lineEnd + 2;
  }
}
