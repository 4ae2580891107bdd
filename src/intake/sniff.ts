const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** True for the eight bytes every PNG begins with. */
export function isPng(bytes: Uint8Array): boolean {
  return PNG_SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * True for "DICM" after the preamble, and for a data set without one that begins with a small even group in either byte
 * order (0002, 0004 or 0008); whether it is sound is for the parser to say.
 */
export function looksLikeDicom(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const [a, b] = bytes;
  if (bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM') return true;
  const group = b === 0 ? a : a === 0 ? b : undefined;
  return group === 2 || group === 4 || group === 8;
}
