import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from './bytes.ts';

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256Hex(content: Uint8Array | string): string {
  return toHex(sha256(typeof content === 'string' ? utf8(content) : content));
}

/** HMAC-SHA-256, 32 bytes. */
export function hmacSha256(key: Uint8Array, content: Uint8Array | string): Uint8Array {
  return hmac(sha256, key, typeof content === 'string' ? utf8(content) : content);
}
