import type { Attributes, ElementType, Shape, Value } from './graph-value.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** One operator with the names of what it reads and writes. */
export interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** Numbers stored in the model. */
export interface Initializer {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array | BigInt64Array;
}

/** A whole model before it is bytes. */
export interface OnnxModel {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly dynamicBatch: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** ONNX operator set written; the intermediate-representation version that goes with it is 8. */
const OPSET = 17;
const IR_VERSION = 8;
/** Domains outside the ONNX standard; used for training only. */
const MICROSOFT = 'com.microsoft';
const NCHWC = 'com.microsoft.nchwc';
const ELEMENT_CODES: Record<ElementType, number> = { float32: 1, int64: 7, bool: 9 };

/** ModelProto bytes (github.com/onnx/onnx, onnx.proto); field numbers are that file's. */
export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  const proto = new ProtobufWriter()
    .integer(1, IR_VERSION)
    .text(2, 'unica')
    .message(7, graphProto(model))
    .message(8, new ProtobufWriter().text(1, '').integer(2, OPSET));
  for (const domain of [MICROSOFT, NCHWC]) {
    if (model.nodes.some(({ operator }) => domainOf(operator) === domain))
      proto.message(8, new ProtobufWriter().text(1, domain).integer(2, 1));
  }
  for (const [key, value] of Object.entries(model.metadata))
    proto.message(14, new ProtobufWriter().text(1, key).text(2, value));
  return proto.finish();
}

function graphProto({ nodes, initializers, inputs, outputs, dynamicBatch }: OnnxModel): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const node of nodes) proto.message(1, nodeProto(node));
  proto.text(2, 'unica');
  for (const initializer of initializers) proto.message(5, tensorProto(initializer));
  for (const input of inputs) proto.message(11, valueInfoProto(input, dynamicBatch));
  for (const output of outputs) proto.message(12, valueInfoProto(output, dynamicBatch));
  return proto;
}

function nodeProto({ operator, inputs, outputs, attributes }: Node): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const input of inputs) proto.text(1, input);
  for (const output of outputs) proto.text(2, output);
  proto.text(3, outputs[0] ?? '').text(4, operator.replace('nchwc.', ''));
  for (const [name, value] of Object.entries(attributes)) proto.message(5, attributeProto(name, value));
  return proto.text(7, domainOf(operator));
}

function domainOf(operator: string): string {
  if (operator.startsWith('nchwc.')) return NCHWC;
  return operator === 'FusedMatMul' ? MICROSOFT : '';
}

function attributeProto(name: string, value: Attributes[string]): ProtobufWriter {
  const proto = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return proto.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return proto.text(4, value).integer(20, 3);
  if ('float' in value) return proto.float(2, value.float).integer(20, 1);
  for (const one of value) proto.integer(8, one);
  return proto.integer(20, 7);
}

function tensorProto({ name, shape, data }: Initializer): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const side of shape) proto.integer(1, side);
  proto.integer(2, data instanceof Float32Array ? ELEMENT_CODES.float32 : ELEMENT_CODES.int64);
  // Raw data is little-endian, as every machine ONNX Runtime runs on.
  return proto.text(8, name).bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfoProto({ name, shape, type }: Value, dynamicBatch: boolean): ProtobufWriter {
  const sides = new ProtobufWriter();
  shape.forEach((side, axis) => {
    const dimension = new ProtobufWriter();
    if (dynamicBatch && axis === 0) dimension.text(2, 'batch');
    else dimension.integer(1, side);
    sides.message(1, dimension);
  });
  const tensor = new ProtobufWriter().integer(1, ELEMENT_CODES[type]).message(2, sides);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
