import { concatBytes, fromUtf8, UnicaError, utf8 } from '#base';

/** Values of the scalar kinds; 64-bit integers as bigint, because node numbers use all 64 bits. */
interface ScalarValues {
  uint64: bigint;
  sint64: bigint;
  uint32: number;
  double: number;
  bool: boolean;
  string: string;
  bytes: Uint8Array;
}

type ScalarKind = keyof ScalarValues;

/** One kind of message: how it becomes bytes and is read from them (protobuf.dev/programming-guides/encoding, proto3). */
export interface MessageKind<Value> {
  encode(value: Value): Uint8Array;
  /** @throws UnicaError `flower.message-refused` when the bytes are no such message. */
  decode(bytes: Uint8Array): Value;
}

type Presence = 'one' | 'maybe' | 'list';

export interface Field<Value, How extends Presence> {
  readonly number: number;
  readonly kind: ScalarKind | MessageKind<Value> | (() => MessageKind<Value>);
  readonly how: How;
}

type ValueOfField<F> =
  F extends Field<infer Value, infer How>
    ? How extends 'one'
      ? Value
      : How extends 'maybe'
        ? Value | undefined
        : readonly Value[]
    : never;

type Fields = Readonly<Record<string, Field<unknown, Presence>>>;

/** The value of a message made of these fields. */
export type ValueOf<F> = { readonly [Name in keyof F]: ValueOfField<F[Name]> };

type Inner<Kind> = Kind extends ScalarKind
  ? ScalarValues[Kind]
  : Kind extends MessageKind<infer Value>
    ? Value
    : Kind extends () => MessageKind<infer Value>
      ? Value
      : never;
type AnyKind = ScalarKind | MessageKind<unknown> | (() => MessageKind<unknown>);

/** A field that is always there; its zero is not written. */
export const one = <Kind extends ScalarKind>(number: number, kind: Kind): Field<ScalarValues[Kind], 'one'> => ({
  number,
  kind,
  how: 'one',
});

/** A field that may be absent. */
export const maybe = <Kind extends AnyKind>(number: number, kind: Kind): Field<Inner<Kind>, 'maybe'> =>
  ({ number, kind, how: 'maybe' }) as unknown as Field<Inner<Kind>, 'maybe'>;

/** A field that is there any number of times. */
export const list = <Kind extends AnyKind>(number: number, kind: Kind): Field<Inner<Kind>, 'list'> =>
  ({ number, kind, how: 'list' }) as unknown as Field<Inner<Kind>, 'list'>;

const ZERO: ScalarValues = {
  uint64: 0n,
  sint64: 0n,
  uint32: 0,
  double: 0,
  bool: false,
  string: '',
  bytes: new Uint8Array(0),
};

/** Messages lie inside one another at most so deep. */
const DEEPEST = 32;

/** Defines a kind of message by its fields, in the order of their numbers. Unknown fields are passed over. */
export function message<F extends Fields>(fields: F): MessageKind<ValueOf<F>> {
  const named = Object.entries(fields) as [string, Field<unknown, Presence>][];
  const byNumber = new Map(named.map(([name, field]) => [field.number, { name, field }]));
  return {
    encode(value) {
      const parts: Uint8Array[] = [];
      for (const [name, field] of named) writeField(parts, field, (value as Record<string, unknown>)[name]);
      return concatBytes(parts);
    },
    decode(bytes) {
      depth += 1;
      try {
        if (depth > DEEPEST) throw refused('its parts lie too deep in one another');
        const value: Record<string, unknown> = {};
        for (const [name, { how, kind }] of named)
          value[name] = how === 'list' ? [] : how === 'one' ? ZERO[kind as ScalarKind] : undefined;
        for (const { number, wireType, raw } of rawFields(bytes)) {
          const known = byNumber.get(number);
          if (known === undefined) continue;
          const { name, field } = known;
          if (field.how !== 'list') value[name] = readValue(field.kind, wireType, raw);
          else (value[name] as unknown[]).push(...readValues(field.kind, wireType, raw));
        }
        return value as ValueOf<F>;
      } finally {
        depth -= 1;
      }
    },
  };
}

let depth = 0;

function writeField(parts: Uint8Array[], field: Field<unknown, Presence>, value: unknown): void {
  const { number, kind, how } = field;
  if (how === 'list') {
    const values = value as readonly unknown[];
    if (values.length === 0) return;
    if (typeof kind === 'string' && kind !== 'string' && kind !== 'bytes') {
      // Numbers are packed: one field that holds them all.
      const body = concatBytes(values.map((entry) => scalarBytes(kind, entry)));
      parts.push(tag(number, 2), varint(BigInt(body.length)), body);
      return;
    }
    for (const entry of values) writeValue(parts, number, kind, entry);
    return;
  }
  if (value === undefined || (how === 'one' && isZero(value))) return;
  writeValue(parts, number, kind, value);
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0n || value === false || value === '' || Object.is(value, 0);
}

function writeValue(parts: Uint8Array[], number: number, kind: Field<unknown, Presence>['kind'], value: unknown): void {
  if (typeof kind === 'string' && kind !== 'string' && kind !== 'bytes') {
    parts.push(tag(number, kind === 'double' ? 1 : 0), scalarBytes(kind, value));
    return;
  }
  const body = typeof kind === 'string' ? textOrBytes(value) : kindOf(kind).encode(value);
  parts.push(tag(number, 2), varint(BigInt(body.length)), body);
}

function textOrBytes(value: unknown): Uint8Array {
  return typeof value === 'string' ? utf8(value) : (value as Uint8Array);
}

function kindOf(kind: MessageKind<unknown> | (() => MessageKind<unknown>)): MessageKind<unknown> {
  return typeof kind === 'function' ? kind() : kind;
}

function scalarBytes(kind: ScalarKind, value: unknown): Uint8Array {
  if (kind === 'double') {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value as number, true);
    return bytes;
  }
  if (kind === 'bool') return varint(value === true ? 1n : 0n);
  const whole = BigInt(value as number | bigint);
  return varint(kind === 'sint64' ? BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n)) : BigInt.asUintN(64, whole));
}

function tag(number: number, wireType: number): Uint8Array {
  return varint(BigInt(number * 8 + wireType));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

interface RawField {
  readonly number: number;
  readonly wireType: 0 | 1 | 2 | 5;
  readonly raw: bigint | Uint8Array;
}

function* rawFields(bytes: Uint8Array): Generator<RawField> {
  const reader = new Reader(bytes);
  while (!reader.ended) {
    const key = Number(reader.varint());
    const number = Math.floor(key / 8);
    if (number === 0) throw refused('it has a field without a number');
    const wireType = key % 8;
    if (wireType === 0) yield { number, wireType, raw: reader.varint() };
    else if (wireType === 1) yield { number, wireType, raw: reader.take(8) };
    else if (wireType === 5) yield { number, wireType, raw: reader.take(4) };
    else if (wireType === 2) yield { number, wireType, raw: reader.take(Number(reader.varint())) };
    else throw refused('it has a field of unknown kind');
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw refused('it ends in the middle of a number');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw refused('a number in it never ends');
  }

  take(length: number): Uint8Array {
    if (!(length <= this.#bytes.length - this.#at)) throw refused('it ends in the middle of a field');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function readValue(kind: Field<unknown, Presence>['kind'], wireType: number, raw: bigint | Uint8Array): unknown {
  if (typeof kind !== 'string') {
    if (wireType !== 2) throw refused('a part of it is of another kind');
    return kindOf(kind).decode(raw as Uint8Array);
  }
  const expected = kind === 'double' ? 1 : kind === 'string' || kind === 'bytes' ? 2 : 0;
  if (wireType !== expected) throw refused('a value in it is of another kind');
  switch (kind) {
    case 'double': {
      const bytes = raw as Uint8Array;
      return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    }
    case 'string':
      return fromUtf8(raw as Uint8Array);
    case 'bytes':
      return raw;
    case 'bool':
      return raw !== 0n;
    case 'uint32':
      return Number(BigInt.asUintN(32, raw as bigint));
    case 'uint64':
      return raw;
    case 'sint64':
      return ((raw as bigint) >> 1n) ^ -((raw as bigint) & 1n);
  }
}

/** The values of a repeated field: one, or many in one packed field. */
function readValues(kind: Field<unknown, Presence>['kind'], wireType: number, raw: bigint | Uint8Array): unknown[] {
  const packed = typeof kind === 'string' && kind !== 'string' && kind !== 'bytes' && wireType === 2;
  if (!packed) return [readValue(kind, wireType, raw)];
  const reader = new Reader(raw as Uint8Array);
  const values: unknown[] = [];
  while (!reader.ended)
    values.push(kind === 'double' ? readValue(kind, 1, reader.take(8)) : readValue(kind, 0, reader.varint()));
  return values;
}

function refused(problem: string): UnicaError {
  return new UnicaError('flower.message-refused', { problem });
}
