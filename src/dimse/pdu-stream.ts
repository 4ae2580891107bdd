import { concatBytes } from '#base';
import { contextId, decodePdu, PduViolation, unsigned32 } from './decode-pdu.ts';
import { ABORT_REASON, DATA_HEAD_BYTES, type DataTransfer, PDU_HEAD_BYTES, PDU_TYPE, type Pdu } from './pdu.ts';

/** 128 contexts with every transfer syntax there is come to a quarter of it. */
const ASSOCIATE_BYTES_AT_MOST = 1_048_576;
/** The other PDUs have four bytes; some room, as PS3.8 lets later editions add to them. */
const SHORT_BYTES_AT_MOST = 1024;
/** Chunks shorter than this are joined as they come. */
const SMALL_BYTES = 2048;

/** The piece of a data transfer that is being handed out. */
interface OpenValue {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  leftBytes: number;
}

/**
 * PDUs out of a stream of bytes, however it was cut. A length beyond its limit is refused before a byte of the body is
 * kept. Data transfers are handed out as they come, value by value, a value that lies in several chunks in as many parts
 * of which only the last can be marked as last: nothing of them is copied, and no more of them is kept than was pushed.
 */
export class PduStream {
  readonly #maxDataBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  /** What is left of the data transfer that is being handed out, without the open value. */
  #dataLeftBytes = 0;
  #value: OpenValue | undefined;

  constructor(maxDataBytes: number) {
    this.#maxDataBytes = maxDataBytes;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const last = this.#chunks.at(-1);
    // A peer that sends byte by byte would else cost a hundred bytes of memory for each.
    if (last !== undefined && chunk.length < SMALL_BYTES && last.length < SMALL_BYTES) {
      this.#chunks[this.#chunks.length - 1] = concatBytes([last, chunk]);
    } else this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
  }

  /** The next PDU; undefined when more bytes are needed. @throws PduViolation, after which nothing more is to be read. */
  next(): Pdu | undefined {
    if (this.#value !== undefined || this.#dataLeftBytes > 0) return this.#nextData();
    if (this.#bufferedBytes < PDU_HEAD_BYTES) return undefined;
    const head = this.#peek(PDU_HEAD_BYTES);
    const type = head[0] ?? 0;
    const length = unsigned32(head, 2);
    this.#checkLength(type, length);
    if (type === PDU_TYPE.data) {
      this.#take(PDU_HEAD_BYTES);
      if (length === 0) throw new PduViolation('a data transfer without data');
      this.#dataLeftBytes = length;
      return this.#nextData();
    }
    if (this.#bufferedBytes < PDU_HEAD_BYTES + length) return undefined;
    return decodePdu(type, this.#take(PDU_HEAD_BYTES + length).subarray(PDU_HEAD_BYTES));
  }

  #nextData(): DataTransfer | undefined {
    this.#value ??= this.#openValue();
    const value = this.#value;
    const [first] = this.#chunks;
    if (value === undefined || (first === undefined && value.leftBytes > 0)) return undefined;
    const bytes = this.#take(Math.min(value.leftBytes, first?.length ?? 0));
    value.leftBytes -= bytes.length;
    const { contextId, isCommand, leftBytes } = value;
    if (leftBytes === 0) this.#value = undefined;
    return { kind: 'data', values: [{ contextId, isCommand, isLast: value.isLast && leftBytes === 0, bytes }] };
  }

  #openValue(): OpenValue | undefined {
    if (this.#dataLeftBytes < DATA_HEAD_BYTES) throw new PduViolation('a piece of data that ends in its head');
    if (this.#bufferedBytes < DATA_HEAD_BYTES) return undefined;
    const head = this.#take(DATA_HEAD_BYTES);
    const leftBytes = unsigned32(head, 0) - 2;
    this.#dataLeftBytes -= DATA_HEAD_BYTES;
    if (leftBytes < 0 || leftBytes > this.#dataLeftBytes) throw new PduViolation('a piece of data of a wrong length');
    this.#dataLeftBytes -= leftBytes;
    const control = head[5] ?? 0;
    return {
      contextId: contextId(head[4]),
      isCommand: (control & 1) !== 0,
      isLast: (control & 2) !== 0,
      leftBytes,
    };
  }

  #checkLength(type: number, length: number): void {
    const limit = lengthLimit(type, this.#maxDataBytes);
    if (limit === undefined) throw new PduViolation(`a PDU of type ${type}`, ABORT_REASON.unrecognisedPdu);
    if (length > limit) throw new PduViolation(`a PDU of ${length} bytes where ${limit} are allowed`);
  }

  #peek(length: number): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= length) return first;
    const parts: Uint8Array[] = [];
    let missing = length;
    for (const chunk of this.#chunks) {
      if (missing === 0) break;
      parts.push(chunk.subarray(0, missing));
      missing -= Math.min(missing, chunk.length);
    }
    return concatBytes(parts);
  }

  #take(length: number): Uint8Array {
    this.#bufferedBytes -= length;
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= length) {
      if (first.length === length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const whole = new Uint8Array(length);
    let filled = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(0, length - filled);
      whole.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) {
        this.#chunks[used] = chunk.subarray(part.length);
        break;
      }
      used += 1;
      if (filled === length) break;
    }
    this.#chunks.splice(0, used);
    return whole;
  }
}

function lengthLimit(type: number, maxDataBytes: number): number | undefined {
  switch (type) {
    case PDU_TYPE['associate-request']:
    case PDU_TYPE['associate-accept']:
      return ASSOCIATE_BYTES_AT_MOST;
    case PDU_TYPE.data:
      return maxDataBytes;
    case PDU_TYPE['associate-reject']:
    case PDU_TYPE['release-request']:
    case PDU_TYPE['release-reply']:
    case PDU_TYPE.abort:
      return SHORT_BYTES_AT_MOST;
    default:
      return undefined;
  }
}
