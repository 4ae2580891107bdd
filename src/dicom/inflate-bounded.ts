import { Inflate } from 'fflate';
import { UnicaError } from '#base';

/** Inflates a raw deflate stream, refusing to grow beyond a limit. @throws UnicaError `dicom.malformed`, `dicom.too-complex`. */
export function inflateBounded(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  const inflate = new Inflate((part) => {
    sizeBytes += part.length;
    if (sizeBytes > limitBytes) throw new UnicaError('dicom.too-complex', { offset: 0 });
    parts.push(part);
  });
  try {
    const step = 65_536;
    for (let start = 0; start < bytes.length; start += step) {
      inflate.push(bytes.subarray(start, start + step), start + step >= bytes.length);
    }
  } catch (cause) {
    throw cause instanceof UnicaError ? cause : new UnicaError('dicom.malformed', { offset: 0 }, { cause });
  }
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
