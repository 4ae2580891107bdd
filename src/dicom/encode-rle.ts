import { concatBytes } from '#base';

/**
 * One frame as RLE Lossless (PS3.5 annex G): a PackBits segment for each byte of a sample, the most significant first,
 * each row by itself, the samples of a pixel one after the other.
 * @param samples little-endian words of `bytesPerSample` bytes, [row, column, sample]
 */
export function encodeRle(samples: Uint8Array, { columns, bytesPerSample, components }: RleShape): Uint8Array {
  const header = new Uint8Array(64);
  const view = new DataView(header.buffer);
  const step = bytesPerSample * components;
  view.setUint32(0, step, true);
  const segments: Uint8Array[] = [];
  let offset = header.length;
  for (let index = 0; index < step; index += 1) {
    view.setUint32(4 * (index + 1), offset, true);
    const component = Math.floor(index / bytesPerSample);
    const place = component * bytesPerSample + bytesPerSample - 1 - (index % bytesPerSample);
    const segment = packed(plane(samples, place, step), columns);
    segments.push(segment);
    offset += segment.length;
  }
  return concatBytes([header, ...segments]);
}

/** What the bytes of a frame are. */
export interface RleShape {
  readonly columns: number;
  readonly bytesPerSample: 1 | 2 | 4;
  readonly components: number;
}

function plane(samples: Uint8Array, place: number, step: number): Uint8Array {
  return Uint8Array.from({ length: samples.length / step }, (_, at) => samples[at * step + place] ?? 0);
}

const LONGEST = 128;

/** PackBits of every row, padded to an even length. */
function packed(bytes: Uint8Array, columns: number): Uint8Array {
  // The worst case is one control byte for each 128 of a row, and the padding.
  const rows = Math.ceil(bytes.length / Math.max(1, columns));
  const out = new Uint8Array(bytes.length + rows * (Math.ceil(columns / LONGEST) + 1) + 1);
  let to = 0;
  for (let start = 0; start < bytes.length; start += columns) {
    const end = Math.min(bytes.length, start + columns);
    let from = start;
    while (from < end) {
      const run = runAt(bytes, from, end);
      if (run > 1) {
        out[to++] = 257 - run;
        out[to++] = bytes[from] ?? 0;
        from += run;
        continue;
      }
      const literal = literalAt(bytes, from, end);
      out[to++] = literal - 1;
      out.set(bytes.subarray(from, from + literal), to);
      to += literal;
      from += literal;
    }
  }
  return out.slice(0, to + (to % 2));
}

/** How many equal bytes begin here, at most 128. */
function runAt(bytes: Uint8Array, from: number, end: number): number {
  const most = Math.min(end, from + LONGEST);
  let to = from + 1;
  while (to < most && bytes[to] === bytes[from]) to += 1;
  return to - from;
}

/** How many bytes stand here before a run of at least three, at most 128. */
function literalAt(bytes: Uint8Array, from: number, end: number): number {
  const most = Math.min(end, from + LONGEST);
  let to = from + 1;
  while (to < most && !(bytes[to] === bytes[to + 1] && bytes[to] === bytes[to + 2] && to + 2 < end)) to += 1;
  return to - from;
}
