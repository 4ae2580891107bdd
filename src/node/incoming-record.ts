import { crc32 } from 'node:zlib';

/** A received object in a log: this head, then the bytes of its file. */
export interface RecordHead {
  /** AE title of the system that sent it, at most 16 bytes of Latin-1. */
  readonly aeTitle: string;
  /** 16 bytes in hex that nothing else in the spool has. */
  readonly random: string;
  readonly sizeBytes: number;
  readonly crc32: number;
  /** Which flush of the log made it durable: all of an earlier group was safe before this one was begun. */
  readonly group: number;
}

export const RECORD_HEAD_BYTES = 64;
/** Of the one byte of a record that changes: 1 once the object is safe elsewhere. */
export const SETTLED_AT = 12;

/** Begins a log; eight bytes of chance follow, with which each of its records begins: no sender can make up a record. */
const MAGIC = Buffer.from('UNICAIN1', 'latin1');
export const LOG_HEAD_BYTES = 16;
export const KEY_BYTES = 8;
const CHECKED_FROM = 16;
const AE_TITLE_BYTES = 16;
const RANDOM_BYTES = 16;

/** What a log begins with. */
export function encodeLogHead(key: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, key]);
}

/** The key of its records; undefined where nothing was ever written through to the disk. */
export function decodeLogHead(bytes: Uint8Array): Uint8Array | undefined {
  const isWhole = bytes.length === LOG_HEAD_BYTES && MAGIC.equals(bytes.subarray(0, MAGIC.length));
  return isWhole ? bytes.subarray(MAGIC.length) : undefined;
}

/** The head as it lies in the log: its key, its own check sum, whether it is settled, then what it says. */
export function encodeRecordHead(head: RecordHead, key: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(RECORD_HEAD_BYTES);
  bytes.set(key);
  const title = Buffer.from(head.aeTitle, 'latin1').subarray(0, AE_TITLE_BYTES);
  bytes.writeUInt32LE(head.sizeBytes, 16);
  bytes.writeUInt32LE(head.crc32, 20);
  bytes.writeUInt32LE(head.group, 24);
  bytes[28] = title.length;
  title.copy(bytes, 32);
  Buffer.from(head.random, 'hex').copy(bytes, 48, 0, RANDOM_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKED_FROM)), 8);
  return bytes;
}

/** Undefined where no whole head lies: the log ends there, or was broken off. */
export function decodeRecordHead(
  bytes: Uint8Array,
  key: Uint8Array,
): (RecordHead & { readonly isSettled: boolean }) | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (head.length !== RECORD_HEAD_BYTES || !head.subarray(0, KEY_BYTES).equals(key)) return undefined;
  if (head.readUInt32LE(8) !== crc32(head.subarray(CHECKED_FROM))) return undefined;
  return {
    aeTitle: head.subarray(32, 32 + Math.min(AE_TITLE_BYTES, head[28] ?? 0)).toString('latin1'),
    random: head.subarray(48, 48 + RANDOM_BYTES).toString('hex'),
    sizeBytes: head.readUInt32LE(16),
    crc32: head.readUInt32LE(20),
    group: head.readUInt32LE(24),
    isSettled: head[SETTLED_AT] === 1,
  };
}
