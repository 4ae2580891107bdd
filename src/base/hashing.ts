import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from './bytes.ts';

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256Hex(content: Uint8Array | string): string {
  return toHex(sha256(typeof content === 'string' ? utf8(content) : content));
}

/** A keyed hash that is asked again and again: the key is worked in once. */
export type KeyedHash = (content: string) => Uint8Array;

/** HMAC-SHA-256 under one key: 32 bytes that are overwritten by the next call. */
export function keyedHash(key: Uint8Array): KeyedHash {
  const begun = hmac.create(sha256, key);
  const work = begun.clone();
  const digest = new Uint8Array(32);
  const bytes = new Uint8Array(LONGEST_SHORT);
  return (content) => {
    begun._cloneInto(work);
    const { read, written } = encoder.encodeInto(content, bytes);
    work.update(read === content.length ? bytes.subarray(0, written) : utf8(content));
    work.digestInto(digest);
    return digest;
  };
}

const LONGEST_SHORT = 256;
const encoder = new TextEncoder();

/** HMAC-SHA-256, 32 bytes. */
export function hmacSha256(key: Uint8Array, content: Uint8Array | string): Uint8Array {
  return hmac(sha256, key, typeof content === 'string' ? utf8(content) : content);
}
