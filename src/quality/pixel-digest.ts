import { concatBytes, sha256Hex, utf8 } from '#base';
import type { Frame } from '#dicom';

/** SHA-256 over size and grey values of a frame: equal for exact copies whatever their headers and encodings say. */
export function pixelDigest(frame: Pick<Frame, 'rows' | 'columns' | 'values'>): string {
  const { values } = frame;
  const head = utf8(`${frame.rows}x${frame.columns}:${values.constructor.name.startsWith('Int') ? 's' : 'u'}\n`);
  const wide = values instanceof Uint8Array ? Uint16Array.from(values) : values;
  return sha256Hex(concatBytes([head, new Uint8Array(wide.buffer, wide.byteOffset, wide.byteLength)]));
}
