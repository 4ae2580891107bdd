import { UnicaError } from '#base';

/**
 * An application entity title without the spaces around it, which mean nothing (PS3.5 table 6.2-1).
 * @throws UnicaError `dimse.unusable-title`
 */
export function checkedAeTitle(text: string): string {
  const title = text.trim();
  if (!isAeTitle(title)) throw new UnicaError('dimse.unusable-title');
  return title;
}

/** 1 to 16 printable characters of ASCII but the backslash. */
export function isAeTitle(text: string): boolean {
  return /^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(text) && text.trim() !== '';
}
