import { unusable } from './unusable.ts';

/**
 * Decodes one frame of RLE Lossless (PS3.5 annex G): a header of segment offsets, then one PackBits segment for each
 * byte plane of each component, most significant first. The result is little endian, [row, column, component].
 */
export function decodeRle(
  fragment: Uint8Array,
  {
    pixels,
    components,
    bytesPerSample,
  }: { readonly pixels: number; readonly components: number; readonly bytesPerSample: number },
): Uint8Array {
  if (fragment.length < 64) unusable('the RLE header is cut off');
  const view = new DataView(fragment.buffer, fragment.byteOffset, fragment.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== components * bytesPerSample) unusable(`it has ${segments} RLE segments`);
  const frame = new Uint8Array(pixels * segments);
  for (let segment = 0; segment < segments; segment += 1) {
    const start = view.getUint32(4 + segment * 4, true);
    const end = segment + 1 < segments ? view.getUint32(8 + segment * 4, true) : fragment.length;
    const plane = unpackBits(fragment.subarray(start, end), pixels);
    const component = Math.floor(segment / bytesPerSample);
    const place = component * bytesPerSample + bytesPerSample - 1 - (segment % bytesPerSample);
    for (let index = 0; index < pixels; index += 1) frame[index * segments + place] = plane[index] ?? 0;
  }
  return frame;
}

function unpackBits(packed: Uint8Array, sizeBytes: number): Uint8Array {
  const plane = new Uint8Array(sizeBytes);
  let from = 0;
  let to = 0;
  while (to < sizeBytes && from < packed.length) {
    const control = ((packed[from] ?? 0) << 24) >> 24;
    from += 1;
    if (control >= 0) {
      if (from + control >= packed.length) unusable('the RLE data end too early');
      plane.set(packed.subarray(from, Math.min(from + control + 1, from + sizeBytes - to)), to);
      from += control + 1;
      to += control + 1;
    } else if (control > -128) {
      plane.fill(packed[from] ?? 0, to, to + 1 - control);
      from += 1;
      to += 1 - control;
    }
  }
  if (to < sizeBytes) unusable('the RLE data end too early');
  return plane;
}
