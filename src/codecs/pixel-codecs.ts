import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { PixelCodecs } from '#dicom';
import { type Factory, wasmDecoder } from './wasm-decoder.ts';

/**
 * Decoders of JPEG 2000 (OpenJPEG) and HTJ2K (OpenJPH) for `decodeFrame` and its kin. Make one for each thread: the
 * compiled code is loaded at the first picture that needs it, and an instance is kept from picture to picture.
 */
export function pixelCodecs(): PixelCodecs {
  return {
    jpeg2000: wasmDecoder(
      () => require('@cornerstonejs/codec-openjpeg/decodewasmjs') as Factory,
      () => fileBytes('@cornerstonejs/codec-openjpeg/decodewasm'),
    ),
    htj2k: wasmDecoder(
      () => require('@cornerstonejs/codec-openjph/wasmjs') as Factory,
      () => fileBytes('@cornerstonejs/codec-openjph/wasm'),
    ),
  };
}

/** What Emscripten made around the compiled code is CommonJS: it can be loaded at the moment it is needed. */
const require = createRequire(import.meta.url);

function fileBytes(specifier: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(fileURLToPath(import.meta.resolve(specifier))));
}
