import { UnicaError } from '#base';
import { protobufFields } from './protobuf-reader.ts';

/** Numbers stored in a file. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whole numbers of 64 bits come as numbers. */
  readonly data: Float32Array | readonly number[];
}

/** One operator of a file. */
export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** What an attribute holds. */
export interface OnnxAttribute {
  readonly float?: number;
  readonly integer?: number;
  readonly text?: string;
  readonly tensor?: OnnxTensor;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
}

/** An input or output as declared; sides that are not fixed are undefined. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly shape: readonly (number | undefined)[];
}

/** A model file as far as it is used here. */
export interface OnnxFile {
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** Element types of ONNX that are read (onnx.proto, TensorProto.DataType). */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const DOUBLE = 11;

/** Reads ONNX bytes (onnx.proto). @throws UnicaError `engine.onnx-unreadable` */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  try {
    return modelOf(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UnicaError('engine.onnx-unreadable', { problem: cause.message }, { cause });
  }
}

function modelOf(bytes: Uint8Array): OnnxFile {
  const fields = [...protobufFields(bytes)];
  const opset = fields
    .filter(({ field }) => field === 8)
    .map(({ value }) => [...protobufFields(asBytes(value))])
    .find((set) => set.every((one) => one.field !== 1 || asText(one.value) === ''));
  const graph = fields.find(({ field }) => field === 7);
  if (graph === undefined) throw new RangeError('it holds no graph');
  const parts = [...protobufFields(asBytes(graph.value))];
  const all = <T>(field: number, read: (bytes: Uint8Array) => T): readonly T[] =>
    parts.filter((part) => part.field === field).map(({ value }) => read(asBytes(value)));
  const version = opset?.find(({ field }) => field === 2)?.value;
  return {
    opset: typeof version === 'number' ? version : 0,
    nodes: all(1, nodeOf),
    tensors: all(5, tensorOf),
    inputs: all(11, valueInfoOf),
    outputs: all(12, valueInfoOf),
  };
}

function nodeOf(bytes: Uint8Array): OnnxNode {
  const texts = (wanted: number): readonly string[] =>
    fields.filter(({ field }) => field === wanted).map(({ value }) => asText(value));
  const fields = [...protobufFields(bytes)];
  return {
    name: texts(3)[0] ?? '',
    operator: texts(4)[0] ?? '',
    domain: texts(7)[0] ?? '',
    inputs: texts(1),
    outputs: texts(2),
    attributes: new Map(fields.filter(({ field }) => field === 5).map(({ value }) => attributeOf(asBytes(value)))),
  };
}

function attributeOf(bytes: Uint8Array): readonly [string, OnnxAttribute] {
  const fields = [...protobufFields(bytes)];
  const one = (wanted: number) => fields.find(({ field }) => field === wanted)?.value;
  const [float, integer, text, tensor] = [one(2), one(3), one(4), one(5)];
  return [
    asText(one(1) ?? new Uint8Array()),
    {
      ...(float instanceof Uint8Array ? { float: floatOf(float) } : {}),
      ...(typeof integer === 'number' ? { integer } : {}),
      ...(text instanceof Uint8Array ? { text: asText(text) } : {}),
      ...(tensor instanceof Uint8Array ? { tensor: tensorOf(tensor) } : {}),
      floats: floatsOf(fields.filter(({ field }) => field === 7).map(({ value }) => asBytes(value))),
      integers: integersOf(fields.filter(({ field }) => field === 8).map(({ value }) => value)),
    },
  ];
}

function tensorOf(bytes: Uint8Array): OnnxTensor {
  const fields = [...protobufFields(bytes)];
  const many = (wanted: number) => fields.filter(({ field }) => field === wanted).map(({ value }) => value);
  const shape = integersOf(many(1));
  const type = many(2)[0];
  const name = asText(many(8)[0] ?? new Uint8Array());
  if (many(14)[0] === 1) throw new RangeError(`the numbers of ${name} lie in another file`);
  const raw = many(9)[0];
  const count = shape.reduce((product, side) => product * side, 1);
  const data = raw instanceof Uint8Array ? rawNumbers(raw, type) : packedNumbers(many, type);
  if (data.length !== count) throw new RangeError(`${name} has ${data.length} numbers for [${shape.join('×')}]`);
  return { name, shape, data };
}

function rawNumbers(raw: Uint8Array, type: number | Uint8Array | undefined): OnnxTensor['data'] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = (width: number, at: (offset: number) => number): number[] =>
    Array.from({ length: Math.floor(raw.length / width) }, (_, index) => at(index * width));
  if (type === FLOAT) return Float32Array.from(read(4, (offset) => view.getFloat32(offset, true)));
  if (type === DOUBLE) return Float32Array.from(read(8, (offset) => view.getFloat64(offset, true)));
  if (type === INT64) return read(8, (offset) => Number(view.getBigInt64(offset, true)));
  if (type === INT32) return read(4, (offset) => view.getInt32(offset, true));
  throw new RangeError(`numbers of the type ${String(type)} are not read`);
}

function packedNumbers(
  many: (field: number) => readonly (number | Uint8Array)[],
  type: number | Uint8Array | undefined,
): OnnxTensor['data'] {
  if (type === FLOAT) return Float32Array.from(floatsOf(many(4).map(asBytes)));
  if (type === INT64) return integersOf(many(7));
  if (type === INT32) return integersOf(many(5));
  throw new RangeError(`numbers of the type ${String(type)} are not read`);
}

function valueInfoOf(bytes: Uint8Array): OnnxValueInfo {
  const [name, type] = [1, 2].map((wanted) => [...protobufFields(bytes)].find(({ field }) => field === wanted)?.value);
  const inside = (of: number | Uint8Array | undefined, wanted: number): Uint8Array | undefined => {
    if (!(of instanceof Uint8Array)) return undefined;
    const found = [...protobufFields(of)].find(({ field }) => field === wanted)?.value;
    return found instanceof Uint8Array ? found : undefined;
  };
  const dimensions = inside(inside(type, 1), 2) ?? new Uint8Array();
  const shape = [...protobufFields(dimensions)].map(({ value }) => {
    const side = [...protobufFields(asBytes(value))].find(({ field }) => field === 1)?.value;
    return typeof side === 'number' && side > 0 ? side : undefined;
  });
  return { name: asText(name ?? new Uint8Array()), shape };
}

function floatOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true);
}

/** Floats that come one by one or packed. */
function floatsOf(parts: readonly Uint8Array[]): readonly number[] {
  return parts.flatMap((part) =>
    Array.from({ length: Math.floor(part.length / 4) }, (_, index) => floatOf(part.subarray(4 * index, 4 * index + 4))),
  );
}

/** Whole numbers that come one by one or packed. */
function integersOf(parts: readonly (number | Uint8Array)[]): readonly number[] {
  return parts.flatMap((part) => {
    if (typeof part === 'number') return [part];
    const packed: number[] = [];
    let value = 0n;
    let shift = 0n;
    for (const byte of part) {
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte >= 0x80) continue;
      packed.push(Number(BigInt.asIntN(64, value)));
      value = 0n;
      shift = 0n;
    }
    return packed;
  });
}

function asBytes(value: number | Uint8Array): Uint8Array {
  if (typeof value === 'number') throw new RangeError('a number where a message should be');
  return value;
}

function asText(value: number | Uint8Array): string {
  return new TextDecoder().decode(asBytes(value));
}
