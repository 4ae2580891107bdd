import { concatBytes, fromUtf8, UnicaError, utf8 } from '#base';

/** The element types read, by NumPy's own names. */
const DTYPES = {
  '|b1': { bytes: 1, make: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
  '|u1': { bytes: 1, make: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
  '|i1': { bytes: 1, make: (buffer: ArrayBuffer) => new Int8Array(buffer) },
  '<u2': { bytes: 2, make: (buffer: ArrayBuffer) => new Uint16Array(buffer) },
  '<i2': { bytes: 2, make: (buffer: ArrayBuffer) => new Int16Array(buffer) },
  '<i4': { bytes: 4, make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  '<i8': { bytes: 8, make: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
  '<f4': { bytes: 4, make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  '<f8': { bytes: 8, make: (buffer: ArrayBuffer) => new Float64Array(buffer) },
} as const;

/** NumPy's name of an element type that is read. */
export type NpyDtype = keyof typeof DTYPES;

/** One array, C order (last axis fastest). */
export interface NpyArray {
  readonly dtype: NpyDtype;
  readonly shape: readonly number[];
  readonly data:
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Int32Array
    | BigInt64Array
    | Float32Array
    | Float64Array;
}

/**
 * One `.npy` file (numpy.lib.format, versions 1 to 3): little-endian, C order.
 * @throws UnicaError `engine.npz-corrupt`, naming the file
 */
export function readNpy(name: string, bytes: Uint8Array): NpyArray {
  const wrong = (problem: string): UnicaError =>
    new UnicaError('engine.npz-corrupt', { problem: `${name} ${problem}` });
  if (bytes.length < 12 || bytes[0] !== 0x93 || fromUtf8(bytes.subarray(1, 6)) !== 'NUMPY')
    throw wrong('is not a NumPy array');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const long = (bytes[6] as number) > 1;
  const headerStart = long ? 12 : 10;
  const dataStart = headerStart + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = fromUtf8(bytes.subarray(headerStart, dataStart));
  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? '';
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (!isDtype(dtype)) throw wrong(`has elements of a type that is not read (${dtype || 'several fields'})`);
  if (/'fortran_order':\s*True/.test(header)) throw wrong('is in column-major order');
  if (shapeText === undefined) throw wrong('has no shape');
  const shape = shapeText
    .split(',')
    .filter((side) => side.trim() !== '')
    .map(Number);
  const lengthBytes = shape.reduce((product, side) => product * side, 1) * DTYPES[dtype].bytes;
  if (!Number.isSafeInteger(lengthBytes) || bytes.length - dataStart !== lengthBytes) throw wrong('is cut short');
  // A copy: the data need not start on a multiple of the element size.
  return { dtype, shape, data: DTYPES[dtype].make(new Uint8Array(bytes.subarray(dataStart)).buffer) };
}

function isDtype(text: string): text is NpyDtype {
  return Object.hasOwn(DTYPES, text);
}

/** A `.npy` file of version 1 that holds floats in C order; the bytes `numpy.save` writes. */
export function writeNpy(shape: readonly number[], data: Float32Array | Float64Array): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dtype = data instanceof Float64Array ? '<f8' : '<f4';
  const described = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sides}), }`;
  // The data start on a multiple of 64 bytes, as the format asks for.
  const header = utf8(`${described.padEnd(Math.ceil((11 + described.length) / 64) * 64 - 11)}\n`);
  const start = Uint8Array.of(0x93, ...utf8('NUMPY'), 1, 0, header.length & 255, header.length >> 8);
  return concatBytes([start, header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
