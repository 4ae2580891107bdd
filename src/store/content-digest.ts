import { createHash } from 'node:crypto';

/** SHA-256 of content, 64 lower-case hexadecimal digits: as `sha256Hex`, by the machine's own instructions, for what is large. */
export function contentDigest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
