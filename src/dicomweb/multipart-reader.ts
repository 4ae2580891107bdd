import { concatBytes, fromUtf8, UnicaError, utf8 } from '#base';
import { parseMediaType } from './media-type.ts';

/** One part of a multipart body. */
export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** To be read before the next part is asked for; what is left is passed over. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Bounds of a body's structure; the size of its data is for the caller to bound. */
const LIMITS = { preambleBytes: 65_536, headBytes: 16_384, paddingBytes: 256, parts: 10_000 } as const;

/** The boundary of a `multipart/related` body of DICOM files. @throws UnicaError `dicomweb.body-unsupported`. */
export function boundaryOf(contentType: string | undefined): string {
  const media = parseMediaType(contentType ?? '');
  const boundary = media?.parameters.get('boundary') ?? '';
  const root = media?.parameters.get('type')?.toLowerCase() ?? 'application/dicom';
  const known = media?.type === 'multipart/related' && root === 'application/dicom';
  if (!known || !/^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary)) {
    const shown = media !== undefined && /^[\w.+/-]{1,64}$/.test(media.type) ? media.type : 'what was sent';
    throw new UnicaError('dicomweb.body-unsupported', { contentType: shown });
  }
  return boundary;
}

/**
 * Reads the parts of a multipart body as they arrive (RFC 2046 section 5.1); never more of it is held than a chunk and a
 * boundary. @throws UnicaError `dicomweb.body-invalid`.
 */
export async function* readMultipart(source: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const scanner = new Scanner(source, boundary);
  try {
    let more = await scanner.passPreamble();
    for (let count = 1; more; count += 1) {
      if (count > LIMITS.parts) invalid(`it has more than ${LIMITS.parts} parts`);
      const headers = await scanner.head();
      const body = scanner.body();
      // Without `return`: a reader that stops early must not leave the scanner in the middle of a part.
      yield { headers, body: { [Symbol.asyncIterator]: () => ({ next: () => body.next() }) } };
      while (!(await body.next()).done);
      more = scanner.more;
    }
  } finally {
    await scanner.close();
  }
}

/** What follows a delimiter: another part, the end, or data that only look like a delimiter. */
type After = { readonly kind: 'part' | 'end'; readonly length: number } | { readonly kind: 'data' };

class Scanner {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Uint8Array;
  /** A line break stands before the first boundary, so that it is found like any other. */
  #held: Uint8Array = utf8('\r\n');
  #ended = false;
  /** True when the last body read was followed by another part. */
  more = false;

  constructor(source: AsyncIterable<Uint8Array>, boundary: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = utf8(`\r\n--${boundary}`);
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#source.return?.();
  }

  async passPreamble(): Promise<boolean> {
    let passed = 0;
    const preamble = this.body();
    for (;;) {
      const { done, value } = await preamble.next();
      if (done === true) return this.more;
      passed += value.length;
      if (passed > LIMITS.preambleBytes) invalid('there is no boundary at its beginning');
    }
  }

  async head(): Promise<ReadonlyMap<string, string>> {
    // The line break that ended the boundary may also end an empty head.
    let from = 0;
    for (;;) {
      const end = this.#headEnd(from);
      if (end !== undefined) {
        const headers = headersOf(fromUtf8(this.#held.subarray(0, end.at)));
        this.#held = this.#held.subarray(end.next);
        return headers;
      }
      if (this.#held.length > LIMITS.headBytes) invalid('the head of a part is too long');
      from = Math.max(0, this.#held.length - 3);
      if (!(await this.#fill())) invalid('it ends in the head of a part');
    }
  }

  #headEnd(from: number): { readonly at: number; readonly next: number } | undefined {
    const held = this.#held;
    if (held[0] === 13 && held[1] === 10) return { at: 0, next: 2 };
    for (let at = held.indexOf(13, from); at >= 0; at = held.indexOf(13, at + 1)) {
      if (at > LIMITS.headBytes) invalid('the head of a part is too long');
      if (held[at + 1] === 10 && held[at + 2] === 13 && held[at + 3] === 10) return { at, next: at + 4 };
    }
    return undefined;
  }

  /** Bytes up to the next boundary. */
  async *body(): AsyncGenerator<Uint8Array, undefined> {
    const size = this.#delimiter.length;
    let from = 0;
    for (;;) {
      const at = this.#indexOfDelimiter(from);
      if (at < 0) {
        const safe = Math.max(0, this.#held.length - size + 1);
        if (safe > 0) yield this.#take(safe);
        from = 0;
        if (!(await this.#fill())) invalid('it ends before its last boundary');
        continue;
      }
      const after = await this.#after(at + size);
      if (after.kind === 'data') {
        from = at + 1;
        continue;
      }
      if (at > 0) yield this.#take(at);
      this.#held = this.#held.subarray(size + after.length);
      this.more = after.kind === 'part';
      return undefined;
    }
  }

  async #after(start: number): Promise<After> {
    for (let length = 0; length < LIMITS.paddingBytes; length += 1) {
      const at = start + length;
      while (this.#held.length < at + 2) {
        if (!(await this.#fill())) invalid('it ends before its last boundary');
      }
      const [first, second] = [this.#held[at], this.#held[at + 1]];
      if (length === 0 && first === 45 && second === 45) return { kind: 'end', length: 2 };
      if (first === 13 && second === 10) return { kind: 'part', length: length + 2 };
      if (first !== 32 && first !== 9) return { kind: 'data' };
    }
    return { kind: 'data' };
  }

  #indexOfDelimiter(from: number): number {
    const held = this.#held;
    const delimiter = this.#delimiter;
    for (
      let at = held.indexOf(13, from);
      at >= 0 && at + delimiter.length <= held.length;
      at = held.indexOf(13, at + 1)
    ) {
      let length = 1;
      while (length < delimiter.length && held[at + length] === delimiter[length]) length += 1;
      if (length === delimiter.length) return at;
    }
    return -1;
  }

  #take(length: number): Uint8Array {
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done === true) {
      this.#ended = true;
      return false;
    }
    this.#held = this.#held.length === 0 ? value : concatBytes([this.#held, value]);
    return true;
  }
}

function headersOf(text: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    if (line === '') continue;
    const at = line.indexOf(':');
    if (at < 1) invalid('the head of a part has a line that is none');
    headers.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }
  return headers;
}

function invalid(problem: string): never {
  throw new UnicaError('dicomweb.body-invalid', { problem });
}
