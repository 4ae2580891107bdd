const MARKER = {
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  comment: 0xfe,
  application: 0xe0,
  startOfCodestream: 0x4f,
  jpeg2000Comment: 0x64,
  startOfTilePart: 0x90,
  startOfData: 0x93,
} as const;

/**
 * What compressed frames carry beside their pixels: comment and application segments of JPEG and JPEG-LS streams, also
 * between scans, comments of JPEG 2000 code streams and their tile-parts, boxes of JP2 files, and bytes after the end of a
 * stream (ITU-T T.81 section B.2.4, T.800 sections A.9.2 and I.4). A stream may go on over several fragments.
 */
export function* jpegComments(fragments: Iterable<Uint8Array>): Generator<Uint8Array> {
  let stream: Uint8Array[] = [];
  for (const fragment of fragments) {
    if (isStart(fragment)) {
      yield* commentsOf(stream);
      stream = [fragment];
    } else if (stream.length > 0) stream.push(fragment);
  }
  yield* commentsOf(stream);
}

function isStart(bytes: Uint8Array): boolean {
  const coded = bytes[0] === 0xff && (bytes[1] === MARKER.startOfImage || bytes[1] === MARKER.startOfCodestream);
  return coded || isJp2(bytes);
}

/** The signature box every JP2 file begins with. */
function isJp2(bytes: Uint8Array): boolean {
  return bytes[4] === 0x6a && bytes[5] === 0x50 && bytes[6] === 0x20 && bytes[7] === 0x20;
}

function* commentsOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  const [first = new Uint8Array(0)] = parts;
  const stream = parts.length === 1 ? first : joined(parts);
  if (stream.length === 0) return;
  if (isJp2(stream)) yield* boxes(stream);
  else if (stream[1] === MARKER.startOfCodestream) yield* ofJpeg2000(stream);
  else yield* ofJpeg(stream);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function* ofJpeg(stream: Uint8Array): Generator<Uint8Array> {
  let at = 2;
  for (;;) {
    // Between segments: filling bytes; in a scan: data, stuffed zeros and restart markers.
    at = stream.indexOf(0xff, at);
    if (at < 0 || at + 1 >= stream.length) return;
    const marker = stream[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= MARKER.startOfImage)) at += 2;
    else if (marker === MARKER.endOfImage) {
      yield stream.subarray(at + 2);
      return;
    } else {
      const end = at + 2 + Math.max(2, short(stream, at + 2));
      const isText = marker === MARKER.comment || (marker & 0xf0) === MARKER.application;
      if (isText) yield stream.subarray(at + 4, end);
      at = end;
    }
  }
}

function* ofJpeg2000(stream: Uint8Array): Generator<Uint8Array> {
  let at = 2;
  let tileEnd = stream.length;
  while (at + 4 <= stream.length && stream[at] === 0xff) {
    const marker = stream[at + 1] ?? 0;
    if (marker === MARKER.endOfImage) {
      yield stream.subarray(at + 2);
      return;
    }
    if (marker === MARKER.startOfData) {
      at = tileEnd;
      continue;
    }
    if (marker === MARKER.startOfTilePart) {
      const length = 0x10000 * short(stream, at + 6) + short(stream, at + 8);
      // Nought means: up to the end of the code stream.
      tileEnd = length < 14 ? stream.length : at + length;
    }
    const end = at + 2 + Math.max(2, short(stream, at + 2));
    if (marker === MARKER.jpeg2000Comment) yield stream.subarray(at + 4, end);
    at = end;
  }
  if (at < stream.length && at + 4 > stream.length) yield stream.subarray(at + 2);
}

function* boxes(stream: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  while (at + 8 <= stream.length) {
    const length = 0x10000 * short(stream, at) + short(stream, at + 2);
    const type = String.fromCharCode(...stream.subarray(at + 4, at + 8));
    // One means a longer length, nought up to the end.
    const [head, size] = length === 1 ? [16, 0x10000 * short(stream, at + 12) + short(stream, at + 14)] : [8, length];
    const end = size < head ? stream.length : Math.min(stream.length, at + size);
    const content = stream.subarray(at + head, end);
    if (type === 'jp2c') yield* ofJpeg2000(content);
    else yield content;
    at = end;
  }
  yield stream.subarray(at);
}

function short(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
