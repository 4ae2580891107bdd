import { randomBytes } from 'node:crypto';
import { sha256Hex } from '#base';

/** No letters or digits that are read or heard as another. */
const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A one-time code: sixteen letters and digits in fours. */
export function newEnrolmentCode(): string {
  const letters: string[] = [];
  while (letters.length < 16) {
    for (const byte of randomBytes(16)) {
      if (byte < 8 * CODE_ALPHABET.length && letters.length < 16)
        letters.push(CODE_ALPHABET.charAt(byte % CODE_ALPHABET.length));
    }
  }
  return [0, 4, 8, 12].map((start) => letters.slice(start, start + 4).join('')).join('-');
}

/** Whether a text may be a one-time code at all, however its letters and dashes are typed; whether it is one only its hub knows. */
export function isEnrolmentCode(text: string): boolean {
  return text.length <= 64 && text.replaceAll(/[^0-9A-Za-z]/g, '').length >= 8;
}

/** What is kept of a code, however its letters and dashes are typed. */
export function enrolmentCodeDigest(code: string): string {
  return sha256Hex(code.replaceAll(/[^0-9A-Za-z]/g, '').toUpperCase());
}
