/** One field of a message: whole numbers as numbers (64 bits, signed), everything else as its bytes. */
export interface ProtobufField {
  readonly field: number;
  readonly value: number | Uint8Array;
}

/** Messages may lie inside one another so deep. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The fields of one Protocol Buffers message, in order (protobuf.dev/programming-guides/encoding).
 * @throws RangeError with a plain sentence and the offset when the bytes end early or are of no known kind
 */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) throw new RangeError(`the file ends in the middle of a number at byte ${at}`);
      const byte = view.getUint8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new RangeError(`a number at byte ${at} never ends`);
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || length > MOST_BYTES || at + length > bytes.length)
      throw new RangeError(`the file ends in the middle of a field at byte ${at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(BigInt.asUintN(64, varint()));
    const field = Math.floor(key / 8);
    if (field === 0) throw new RangeError(`there is no field at byte ${at}`);
    switch (key % 8) {
      case 0:
        yield { field, value: Number(varint()) };
        break;
      case 1:
        yield { field, value: take(8) };
        break;
      case 2:
        yield { field, value: take(Number(varint())) };
        break;
      case 5:
        yield { field, value: take(4) };
        break;
      default:
        throw new RangeError(`a field of unknown kind at byte ${at}`);
    }
  }
}
