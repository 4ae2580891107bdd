import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from './bytes.ts';
import { freshState, hashBlock, type Sha256State } from './sha256-block.ts';

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256Hex(content: Uint8Array | string): string {
  return toHex(sha256(typeof content === 'string' ? utf8(content) : content));
}

/** A keyed hash that is asked again and again: the key is worked in once. The 32 bytes are overwritten by the next call. */
export interface KeyedHash {
  /** Of a text in UTF-8. */
  (content: string): Uint8Array;
  /** Of some bytes of an array. */
  readonly ofBytes: (bytes: Uint8Array, from: number, to: number) => Uint8Array;
}

/**
 * HMAC-SHA-256 (RFC 2104) under one key. What is hashed with it are names and UIDs, many and short: of their time an
 * implementation for streams takes as much for what stands around its blocks as for these.
 */
export function keyedHash(key: Uint8Array): KeyedHash {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  const inner = keyedState(short, 0x36);
  const outer = keyedState(short, 0x5c);
  const words = new Int32Array(64);
  const state = freshState();
  const digest = new Uint8Array(32);
  const ofBytes = (bytes: Uint8Array, from: number, to: number): Uint8Array => {
    state.set(inner);
    hashRest(state, words, bytes, from, to);
    for (let at = 0; at < 8; at += 1) words[at] = state[at] as number;
    words[8] = END_MARK;
    words.fill(0, 9, 15);
    words[15] = 8 * (BLOCK_BYTES + 32);
    state.set(outer);
    hashBlock(state, words);
    for (let at = 0; at < 8; at += 1) writeWord(digest, 4 * at, state[at] as number);
    return digest;
  };
  const ofText = (content: string): Uint8Array => {
    const { read, written } = encoder.encodeInto(content, scratch);
    if (read === content.length) return ofBytes(scratch, 0, written);
    const bytes = utf8(content);
    return ofBytes(bytes, 0, bytes.length);
  };
  return Object.assign(ofText, { ofBytes });
}

const BLOCK_BYTES = 64;
/** A one behind the last byte (FIPS 180-4 section 5.1.1). */
const END_MARK = 0x80000000 | 0;
const scratch = new Uint8Array(256);
const encoder = new TextEncoder();

function keyedState(key: Uint8Array, pad: number): Sha256State {
  const words = new Int32Array(64);
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    words[at >>> 2] = ((words[at >>> 2] as number) << 8) | ((key[at] ?? 0) ^ pad);
  }
  const state = freshState();
  hashBlock(state, words);
  return state;
}

/** Hashes bytes behind a first block, and what ends them: a mark, and the length in bits. */
function hashRest(state: Sha256State, words: Int32Array, bytes: Uint8Array, from: number, to: number): void {
  let at = from;
  for (; to - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
    for (let index = 0; index < 16; index += 1) words[index] = wordAt(bytes, at + 4 * index);
    hashBlock(state, words);
  }
  const whole = (to - at) >>> 2;
  for (let index = 0; index < whole; index += 1) words[index] = wordAt(bytes, at + 4 * index);
  at += 4 * whole;
  let last = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = at + index < to ? (bytes[at + index] as number) : at + index === to ? 0x80 : 0;
    last = (last << 8) | byte;
  }
  words[whole] = last;
  words.fill(0, whole + 1, 16);
  if (whole >= 14) {
    hashBlock(state, words);
    words.fill(0, 0, 14);
  }
  const length = BLOCK_BYTES + to - from;
  words[14] = Math.floor(length / 0x2000_0000);
  words[15] = length << 3;
  hashBlock(state, words);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

/** HMAC-SHA-256, 32 bytes. */
export function hmacSha256(key: Uint8Array, content: Uint8Array | string): Uint8Array {
  return hmac(sha256, key, typeof content === 'string' ? utf8(content) : content);
}
