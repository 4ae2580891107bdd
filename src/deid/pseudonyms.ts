import { type KeyedHash, keyedHash, toHex } from '#base';

/** What keeps a site's pseudonyms its own: never leaves the site. */
export interface SiteSecret {
  readonly siteId: string;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/**
 * The network-unique pseudonym of a person: a keyed hash of the hospital's identifier (white space at its ends does not
 * count) and the site: `UNICA-` and 32 hexadecimal digits. The same function serves images and clinical tables.
 * @throws RangeError when the secret is shorter than 32 bytes.
 */
export function pseudonymOf({ siteId, secret }: SiteSecret, patientId: string): string {
  return `UNICA-${toHex(hashUnder(secret)(`person\n${siteId}\n${patientId.trim()}`).subarray(0, 16))}`;
}

/** Secrets are few and files many: each is worked into its hash once. */
const hashes = new WeakMap<Uint8Array, KeyedHash>();

function hashUnder(secret: Uint8Array): KeyedHash {
  let hash = hashes.get(secret);
  if (hash === undefined) {
    // With a short secret every pseudonym could be undone by trying.
    if (secret.length < 32) throw new RangeError('a site secret has at least 32 bytes');
    hash = keyedHash(secret);
    hashes.set(secret, hash);
  }
  return hash;
}

/**
 * UIDs of the standard itself are no identifiers (PS3.6 annex A). Their components are short; a long one under this root
 * is somebody's number.
 */
const STANDARD_UID = /^1\.2\.840\.10008(\.\d{1,4}){1,10}$/;

/**
 * The UID that stands for another: under the UUID-derived root 2.25 (PS3.5 section B.2), 128 bits of a keyed hash, so
 * that references between files still meet. UIDs of the standard stay.
 */
export function pseudonymousUid({ secret }: SiteSecret, uid: string): string {
  const hash = hashUnder(secret);
  if (uid === '' || STANDARD_UID.test(uid)) return uid;
  const digest = hash(`uid\n${uid}`);
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  return `2.25.${(view.getBigUint64(0) << 64n) | view.getBigUint64(8)}`;
}

/** A person's dates go back by this many days, 1 to 1,095, always the same for one pseudonym. As secret as the secret. */
export function shiftDays({ secret }: SiteSecret, person: string): number {
  const digest = hashUnder(secret)(`dates\n${person}`);
  return 1 + (((digest[0] ?? 0) * 65536 + (digest[1] ?? 0) * 256 + (digest[2] ?? 0)) % 1095);
}

/** `YYYYMMDD` or `YYYY.MM.DD`, with the time of day and the offset from UTC that a date-time may have (PS3.5, DT). */
const DATE_TIME =
  /^(\d{4})\.?(\d{2})\.?(\d{2})((?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d|60)?)?)?(?:\.\d{1,6})?([+-](?:0\d|1[0-4])[0-5]\d)?$/;

/**
 * A DICOM date or date-time (`YYYYMMDD…`) moved back by the person's secret number of whole days, so that intervals
 * stay; a fraction of a second is dropped. Empty when it is no date of the calendar from 1850 on.
 */
export function shiftedDate(site: SiteSecret, person: string, text: string): string {
  const match = DATE_TIME.exec(text.trim());
  if (match === null) return '';
  const [, year, month, day, time = '', fromUtc = ''] = match;
  const before = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number(year) < 1850 || digitsOf(before) !== `${year}${month}${day}`) return '';
  return `${digitsOf(new Date(before.getTime() - shiftDays(site, person) * 86_400_000))}${time}${fromUtc}`;
}

function digitsOf(date: Date): string {
  return date.toISOString().slice(0, 10).replaceAll('-', '');
}
