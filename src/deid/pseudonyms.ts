import { type KeyedHash, keyedHash, toHex, utf8 } from '#base';

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
  const end = writeDerivedUid(hash(`uid\n${uid}`), written, 0);
  return String.fromCharCode(...written.subarray(0, end));
}

/** Longer ones are written by nobody (PS3.5 section 9.1). */
const LONGEST_UID = 64;
const written = new Uint8Array(LONGEST_UID);
const hashed = new Uint8Array(4 + LONGEST_UID);
hashed.set(utf8('uid\n'));

/** What UIDs of the standard begin with. */
const STANDARD_ROOT = utf8('1.2.840.10008.');

/**
 * As {@link pseudonymousUid}, from bytes to bytes: objects refer to thousands of others, and a text of each costs as much as its hash.
 * @param target has room for 64 bytes
 * @returns where the new UID ends in `target`; undefined where that of the standard might be meant, or more than one, or none
 */
export function writePseudonymousUid(
  { secret }: SiteSecret,
  bytes: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  target: Uint8Array,
): number | undefined {
  const length = to - from;
  if (length === 0 || length > LONGEST_UID) return undefined;
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[from + index] as number;
    if ((byte < 0x30 || byte > 0x39) && byte !== 0x2e) return undefined;
    hashed[4 + index] = byte;
  }
  if (isOfStandard(length)) return undefined;
  return writeDerivedUid(hashUnder(secret).ofBytes(hashed, 0, 4 + length), target, 0);
}

function isOfStandard(length: number): boolean {
  if (length < STANDARD_ROOT.length) return false;
  for (let index = 0; index < STANDARD_ROOT.length; index += 1) {
    if (hashed[4 + index] !== STANDARD_ROOT[index]) return false;
  }
  return true;
}

/** Of each number below 100 its two digits. */
const PAIRS = utf8(Array.from({ length: 100 }, (_, pair) => `${pair}`.padStart(2, '0')).join(''));
/** A number of 128 bits in parts of 24, of which a remainder and the next part are still a whole number exactly. */
const parts = new Float64Array(6);
const digits = new Uint8Array(40);

/** Writes `2.25.` and the first 128 bits of a hash as a decimal number. @returns where the next byte goes */
function writeDerivedUid(hash: Uint8Array, target: Uint8Array, at: number): number {
  const byte = (index: number): number => hash[index] as number;
  parts[0] = byte(0);
  for (let part = 1; part < 6; part += 1) {
    const first = 3 * part - 2;
    parts[part] = (byte(first) << 16) | (byte(first + 1) << 8) | byte(first + 2);
  }
  // Eight digits at a time, the last first; each time one part more has become zero.
  for (let done = 0; done < 5; done += 1) {
    let rest = 0;
    for (let part = done; part < 6; part += 1) {
      const number = rest * 0x1000000 + (parts[part] as number);
      const quotient = Math.floor(number / 1e8);
      parts[part] = quotient;
      rest = number - quotient * 1e8;
    }
    const high = Math.floor(rest / 10_000) | 0;
    const place = 32 - 8 * done;
    writeFour(high, place);
    writeFour((rest - 10_000 * high) | 0, place + 4);
  }
  let first = 0;
  while (first < 39 && digits[first] === 0x30) first += 1;
  let next = at;
  for (let index = 0; index < ROOT.length; index += 1, next += 1) target[next] = ROOT[index] as number;
  for (let index = first; index < 40; index += 1, next += 1) target[next] = digits[index] as number;
  return next;
}

const ROOT = utf8('2.25.');

function writeFour(number: number, at: number): void {
  const high = 2 * Math.floor(number / 100);
  const low = 2 * number - 100 * high;
  digits[at] = PAIRS[high] as number;
  digits[at + 1] = PAIRS[high + 1] as number;
  digits[at + 2] = PAIRS[low] as number;
  digits[at + 3] = PAIRS[low + 1] as number;
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
  return dateShift(site, person)(text);
}

/** As {@link shiftedDate}, for many dates of one person: the days of one study are few. */
export function dateShift(site: SiteSecret, person: string): (text: string) => string {
  let days: number | undefined;
  const shifted = new Map<string, string>();
  return (text) => {
    const match = DATE_TIME.exec(text.trim());
    if (match === null) return '';
    const [, year = '', month = '', day = '', time = '', fromUtc = ''] = match;
    const before = year + month + day;
    let after = shifted.get(before);
    if (after === undefined) {
      days ??= shiftDays(site, person);
      after = dayBefore(before, days);
      if (shifted.size >= MOST_DAYS) shifted.clear();
      shifted.set(before, after);
    }
    return after === '' ? '' : `${after}${time}${fromUtc}`;
  };
}

/** Days that are remembered at once. */
const MOST_DAYS = 1000;

/** A day so many days earlier; empty when it is none of the calendar from 1850 on. */
function dayBefore(date: string, days: number): string {
  const year = Number(date.slice(0, 4));
  const before = new Date(Date.UTC(year, Number(date.slice(4, 6)) - 1, Number(date.slice(6))));
  if (year < 1850 || digitsOf(before) !== date) return '';
  return digitsOf(new Date(before.getTime() - days * 86_400_000));
}

function digitsOf(date: Date): string {
  return date.toISOString().slice(0, 10).replaceAll('-', '');
}
