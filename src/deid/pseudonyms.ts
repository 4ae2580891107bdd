import { hmacSha256, toHex } from '#base';

/** What keeps a site's pseudonyms its own: never leaves the site. */
export interface SiteSecret {
  readonly siteId: string;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/**
 * The network-unique pseudonym of a person: a keyed hash of the hospital's identifier (white space at its ends does not
 * count) and the site. The same function serves images and clinical tables.
 */
export function pseudonymOf({ siteId, secret }: SiteSecret, patientId: string): string {
  return `UNICA-${toHex(hmacSha256(secret, `person\n${siteId}\n${patientId.trim()}`).subarray(0, 16))}`;
}

/** UIDs of the standard itself are no identifiers (PS3.6 annex A). */
const STANDARD_ROOT = '1.2.840.10008.';

/**
 * The UID that stands for another: under the UUID-derived root 2.25 (PS3.5 section B.2), 128 bits of a keyed hash, so
 * that references between files still meet. UIDs of the standard stay.
 */
export function pseudonymousUid({ secret }: SiteSecret, uid: string): string {
  if (uid === '' || uid.startsWith(STANDARD_ROOT)) return uid;
  const digest = hmacSha256(secret, `uid\n${uid}`).subarray(0, 16);
  return `2.25.${BigInt(`0x${toHex(digest)}`)}`;
}

/** A person's dates go back by this many days, 1 to 1,095, always the same for one person. */
function shiftDays({ secret }: SiteSecret, person: string): number {
  const digest = hmacSha256(secret, `dates\n${person}`);
  return 1 + (((digest[0] ?? 0) * 65536 + (digest[1] ?? 0) * 256 + (digest[2] ?? 0)) % 1095);
}

/**
 * A DICOM date or date-time (`YYYYMMDD…`) moved back by the person's secret number of whole days, so that intervals
 * stay; empty when it is no date.
 */
export function shiftedDate(site: SiteSecret, person: string, text: string): string {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})(.*)$/s.exec(text.trim());
  if (match === null) return '';
  const [, year, month, day, rest = ''] = match;
  const before = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (Number.isNaN(before)) return '';
  const shifted = new Date(before - shiftDays(site, person) * 86_400_000);
  return `${shifted.toISOString().slice(0, 10).replaceAll('-', '')}${rest}`;
}
