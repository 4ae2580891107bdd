import { concatBytes } from '#base';
import { decodePdu, PduViolation } from './decode-pdu.ts';
import { ABORT_REASON, PDU_HEAD_BYTES, PDU_TYPE, type Pdu } from './pdu.ts';

/** 128 contexts with every transfer syntax there is come to a quarter of it. */
const ASSOCIATE_BYTES_AT_MOST = 1_048_576;
/** The other PDUs have four bytes; some room, as PS3.8 lets later editions add to them. */
const SHORT_BYTES_AT_MOST = 1024;
/** Chunks shorter than this are joined as they come. */
const SMALL_BYTES = 2048;

/**
 * PDUs out of a stream of bytes, however it was cut. A length beyond its limit is refused before a byte of the body is
 * kept. What lies in one chunk is handed out as a view of it, uncopied.
 */
export class PduStream {
  readonly #maxDataBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;

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
    if (this.#bufferedBytes < PDU_HEAD_BYTES) return undefined;
    const head = this.#peekHead();
    const type = head[0] ?? 0;
    const length = (head[2] ?? 0) * 0x1000000 + ((head[3] ?? 0) << 16) + ((head[4] ?? 0) << 8) + (head[5] ?? 0);
    this.#checkLength(type, length);
    if (this.#bufferedBytes < PDU_HEAD_BYTES + length) return undefined;
    return decodePdu(type, this.#take(PDU_HEAD_BYTES + length).subarray(PDU_HEAD_BYTES));
  }

  #checkLength(type: number, length: number): void {
    const limit = lengthLimit(type, this.#maxDataBytes);
    if (limit === undefined) throw new PduViolation(`a PDU of type ${type}`, ABORT_REASON.unrecognisedPdu);
    if (length > limit) throw new PduViolation(`a PDU of ${length} bytes where ${limit} are allowed`);
  }

  #peekHead(): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= PDU_HEAD_BYTES) return first;
    const head = new Uint8Array(PDU_HEAD_BYTES);
    let filled = 0;
    for (const chunk of this.#chunks) {
      head.set(chunk.subarray(0, PDU_HEAD_BYTES - filled), filled);
      filled = Math.min(PDU_HEAD_BYTES, filled + chunk.length);
      if (filled === PDU_HEAD_BYTES) break;
    }
    return head;
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
