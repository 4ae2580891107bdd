import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { concatBytes, UnicaError, utf8 } from '#base';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM under a fresh random nonce: nonce, cipher text, tag. `about` is not kept in the box, and it opens for the
 * same words only, so that a box moved to another place does not open there.
 */
export function sealBox(key: Uint8Array, about: string | Uint8Array, content: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(typeof about === 'string' ? utf8(about) : about);
  const hidden = cipher.update(content);
  cipher.final();
  return concatBytes([nonce, hidden, cipher.getAuthTag()]);
}

/** What a box holds. @throws UnicaError `vault.damaged` when a single bit, the key or `about` is another. */
export function openBox(key: Uint8Array, about: string | Uint8Array, box: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(typeof about === 'string' ? utf8(about) : about);
    decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
    const content = decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES));
    decipher.final();
    return content;
  } catch (cause) {
    throw new UnicaError('vault.damaged', { problem: 'a sealed entry does not open' }, { cause });
  }
}

/** A key for one purpose out of a key for many (RFC 5869 with SHA-256). */
export function keyFor(purpose: string, key: Uint8Array, salt: Uint8Array = new Uint8Array(0)): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, utf8(`unica-vault/${purpose}`), 32));
}

/** 32 bytes from which nobody without the key learns anything about the parts, and which are the same every time. */
export function keyedDigest(key: Uint8Array, ...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hmac = createHmac('sha256', key);
  for (const part of parts) {
    const bytes = typeof part === 'string' ? utf8(part) : part;
    // With its length before each, ("a", "bc") and ("ab", "c") differ.
    hmac.update(`${bytes.length}:`).update(bytes);
  }
  return hmac.digest();
}
