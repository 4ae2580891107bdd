import { concatBytes, fromUtf8, UnicaError, utf8 } from '#base';
import { type ParameterTable, tableOf } from './parameter-table.ts';

/** What a safetensors file holds. */
export interface DecodedSafetensors {
  readonly table: ParameterTable;
  /** All tensors one after the other, in the order of their bytes. */
  readonly parameters: Float32Array;
  readonly metadata: Readonly<Record<string, string>>;
}

interface TensorHeader {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Larger headers are refused, as in the reference reader. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Parameters as a safetensors file (github.com/huggingface/safetensors, format section of its README):
 * 8-byte little-endian header length, JSON header padded with spaces to 8 bytes, raw little-endian F32.
 */
export function encodeSafetensors(
  table: ParameterTable,
  parameters: Float32Array,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return concatBytes([safetensorsHead(table, metadata), littleEndian(parameters)]);
}

/** What a safetensors file of F32 tensors has before its numbers. */
export function safetensorsHead(table: ParameterTable, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  for (const { name, shape, offset, size } of table.entries)
    header[name] = { dtype: 'F32', shape, data_offsets: [4 * offset, 4 * (offset + size)] };
  const json = utf8(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return concatBytes([length, padded]);
}

/** The tensors of a safetensors file of F32 tensors. @throws UnicaError `engine.safetensors-corrupt` */
export function decodeSafetensors(bytes: Uint8Array): DecodedSafetensors {
  const { header, dataStart } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...tensors } = header;
  if (!isTextRecord(metadata)) throw corrupt('its metadata is not text');
  const entries = Object.entries(tensors).map(([name, tensor]) => ({ name, ...checkedTensor(name, tensor) }));
  entries.sort((a, b) => a.data_offsets[0] - b.data_offsets[0]);
  const table = tableOf(entries.map(({ name, shape }) => ({ name, shape })));
  entries.forEach(({ name, data_offsets: [begin, end] }, index) => {
    const entry = table.entries[index];
    if (!entry || begin !== 4 * entry.offset || end !== 4 * (entry.offset + entry.size))
      throw corrupt(`the bytes of ${name} do not fit its shape`);
  });
  if (bytes.length - dataStart !== 4 * table.total) throw corrupt('it ends too early or too late');
  return { table, parameters: floats(bytes.subarray(dataStart)), metadata };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) throw corrupt('it is shorter than its own header');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > bytes.length) throw corrupt('its header is longer than the file');
  const header = parseJson(fromUtf8(bytes.subarray(8, 8 + length)));
  if (!isRecord(header)) throw corrupt('its header is not a JSON object');
  return { header, dataStart: 8 + length };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt('its header is not JSON', cause);
  }
}

function checkedTensor(name: string, tensor: unknown): TensorHeader {
  if (!isRecord(tensor)) throw corrupt(`${name} is not described`);
  const { dtype, shape, data_offsets: offsets } = tensor;
  if (dtype !== 'F32') throw corrupt(`${name} is not of 32-bit floating point numbers`);
  if (!isCounts(shape) || !isCounts(offsets)) throw corrupt(`${name} has no shape or no place`);
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined) throw corrupt(`${name} has no place`);
  return { dtype, shape, data_offsets: [begin, end] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0);
}

/** Whether numbers lie in memory as they do in the file, as on every machine this runs on. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndian(values: Float32Array): Uint8Array {
  if (LITTLE_ENDIAN) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < values.length; index += 1) view.setFloat32(4 * index, values[index] as number, true);
  return bytes;
}

function floats(bytes: Uint8Array): Float32Array {
  if (LITTLE_ENDIAN) return new Float32Array(Uint8Array.prototype.slice.call(bytes).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
}

function corrupt(problem: string, cause?: unknown): UnicaError {
  return new UnicaError('engine.safetensors-corrupt', { problem }, { cause });
}
