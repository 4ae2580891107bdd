const MARKER = { startOfImage: 0xd8, startOfScan: 0xda, comment: 0xfe, application: 0xe0 } as const;

/**
 * Texts of the comment and application segments before the first scan of a JPEG, JPEG-LS or similar stream, one
 * character a byte (ITU-T T.81 section B.2.4); none when the bytes are no such stream.
 */
export function jpegComments(stream: Uint8Array): readonly string[] {
  const texts: string[] = [];
  if (stream[0] !== 0xff || stream[1] !== MARKER.startOfImage) return texts;
  let offset = 2;
  while (stream[offset] === 0xff) {
    const marker = stream[offset + 1] ?? MARKER.startOfScan;
    if (marker === MARKER.startOfScan) break;
    const length = ((stream[offset + 2] ?? 0) << 8) | (stream[offset + 3] ?? 0);
    if (marker === MARKER.comment || (marker & 0xf0) === MARKER.application) {
      let text = '';
      for (const byte of stream.subarray(offset + 4, offset + 2 + length)) text += String.fromCharCode(byte);
      texts.push(text);
    }
    offset += 2 + Math.max(2, length);
  }
  return texts;
}
