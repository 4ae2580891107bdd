import { UnicaError } from '#base';
import { type ProtoValue, protoRecord } from './fleet-messages.ts';

/** A tensor as Flower sends it: a `.npy` file (stype `numpy.ndarray`) and what it says of itself. */
export interface FlowerArray {
  /** NumPy's long name: `float32`, `float64`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** `numpy.ndarray` is the only one in use. */
  readonly stype: string;
  readonly data: Uint8Array;
}

/** A value of a record. Whole numbers are bigint, others numbers. */
export type RecordValue =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | readonly number[]
  | readonly bigint[]
  | readonly boolean[]
  | readonly string[]
  | readonly Uint8Array[];

/** One named part of what a message says. */
export type FlowerRecord =
  | { readonly kind: 'arrays'; readonly arrays: ReadonlyMap<string, FlowerArray> }
  | { readonly kind: 'metrics'; readonly values: ReadonlyMap<string, RecordValue> }
  | { readonly kind: 'config'; readonly values: ReadonlyMap<string, RecordValue> };

/** What a message says: records by name, in order. */
export type RecordDict = ReadonlyMap<string, FlowerRecord>;

/** Values as the body of a metric or configuration record. */
export function encodeValues(values: ReadonlyMap<string, RecordValue>): Uint8Array {
  return protoRecord.encode({ items: [...values].map(([key, value]) => ({ key, value: protoValue(value) })) });
}

/** The values of a metric or configuration record. @throws UnicaError `flower.message-refused`. */
export function decodeValues(body: Uint8Array): ReadonlyMap<string, RecordValue> {
  const { items } = protoRecord.decode(body);
  return new Map(items.map(({ key, value }) => [key, plainValue(key, value)]));
}

const NONE = {
  double: undefined,
  sint64: undefined,
  uint64: undefined,
  bool: undefined,
  string: undefined,
  bytes: undefined,
  doubleList: undefined,
  sintList: undefined,
  uintList: undefined,
  boolList: undefined,
  stringList: undefined,
  bytesList: undefined,
} satisfies ProtoValue;

const LARGEST_SINT = 2n ** 63n - 1n;

function protoValue(value: RecordValue): ProtoValue {
  switch (typeof value) {
    case 'number':
      return { ...NONE, double: value };
    case 'bigint':
      return value > LARGEST_SINT ? { ...NONE, uint64: value } : { ...NONE, sint64: value };
    case 'boolean':
      return { ...NONE, bool: value };
    case 'string':
      return { ...NONE, string: value };
    default:
      return value instanceof Uint8Array ? { ...NONE, bytes: value } : protoList(value);
  }
}

function protoList(values: Exclude<RecordValue, number | bigint | boolean | string | Uint8Array>): ProtoValue {
  const [first] = values;
  if (typeof first === 'bigint') return { ...NONE, sintList: { vals: values as readonly bigint[] } };
  if (typeof first === 'boolean') return { ...NONE, boolList: { vals: values as readonly boolean[] } };
  if (typeof first === 'string') return { ...NONE, stringList: { vals: values as readonly string[] } };
  if (first instanceof Uint8Array) return { ...NONE, bytesList: { vals: values as readonly Uint8Array[] } };
  return { ...NONE, doubleList: { vals: values as readonly number[] } };
}

function plainValue(key: string, value: ProtoValue | undefined): RecordValue {
  const plain = value?.double ?? value?.sint64 ?? value?.uint64 ?? value?.bool ?? value?.string ?? value?.bytes;
  const found =
    plain ??
    (
      value?.doubleList ??
      value?.sintList ??
      value?.uintList ??
      value?.boolList ??
      value?.stringList ??
      value?.bytesList
    )?.vals;
  if (found === undefined)
    throw new UnicaError('flower.message-refused', { problem: `the value "${key}" in it is of no known kind` });
  return found;
}
