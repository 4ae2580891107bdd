import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openJpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import openJph from '@cornerstonejs/codec-openjph/wasmjs';
import type { PixelCodecs } from '#dicom';
import { wasmDecoder } from './wasm-decoder.ts';

/**
 * Decoders of JPEG 2000 (OpenJPEG) and HTJ2K (OpenJPH) for `decodeFrame` and its kin. Make one for each thread: the
 * compiled code is loaded at the first picture that needs it, and an instance is kept from picture to picture.
 */
export function pixelCodecs(): PixelCodecs {
  return {
    jpeg2000: wasmDecoder(openJpeg, () => fileBytes('@cornerstonejs/codec-openjpeg/decodewasm')),
    htj2k: wasmDecoder(openJph, () => fileBytes('@cornerstonejs/codec-openjph/wasm')),
  };
}

function fileBytes(specifier: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(fileURLToPath(import.meta.resolve(specifier))));
}
