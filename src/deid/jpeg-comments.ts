const MARKER = {
  startOfImage: 0xd8,
  startOfScan: 0xda,
  comment: 0xfe,
  application: 0xe0,
  startOfCodestream: 0x4f,
  jpeg2000Comment: 0x64,
  startOfTilePart: 0x90,
} as const;

/**
 * Texts of the comment and application segments before the first scan of a JPEG or JPEG-LS stream or the first tile of
 * a JPEG 2000 one, one character a byte (ITU-T T.81 section B.2.4, T.800 section A.9.2); none when the bytes are no such stream.
 */
export function jpegComments(stream: Uint8Array): readonly string[] {
  const texts: string[] = [];
  const jpeg2000 = stream[1] === MARKER.startOfCodestream;
  if (stream[0] !== 0xff || (stream[1] !== MARKER.startOfImage && !jpeg2000)) return texts;
  let offset = 2;
  while (stream[offset] === 0xff) {
    const marker = stream[offset + 1] ?? MARKER.startOfScan;
    if (marker === (jpeg2000 ? MARKER.startOfTilePart : MARKER.startOfScan)) break;
    const length = ((stream[offset + 2] ?? 0) << 8) | (stream[offset + 3] ?? 0);
    const comment = jpeg2000 ? marker === MARKER.jpeg2000Comment : marker === MARKER.comment;
    if (comment || (!jpeg2000 && (marker & 0xf0) === MARKER.application)) {
      let text = '';
      for (const byte of stream.subarray(offset + 4, offset + 2 + length)) text += String.fromCharCode(byte);
      texts.push(text);
    }
    offset += 2 + Math.max(2, length);
  }
  return texts;
}
