import { sha256Hex, utf8 } from '#base';

/** A UUID that follows from a text: the same text, the same UUID. */
export function uuidFrom(text: string): string {
  const hex = sha256Hex(utf8(text));
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A UID under the UUID-derived root (PS3.5 section B.2) that follows from a text. */
export function uidFrom(text: string): string {
  return `2.25.${BigInt(`0x${uuidFrom(text).replaceAll('-', '')}`)}`;
}
