import { DICTIONARY } from './generated/dicom-dictionary.ts';

/** A data element of PS3.6. */
export interface Attribute {
  readonly keyword: string;
  /** The first where the standard allows several; '--' for items and delimiters. */
  readonly vr: string;
  readonly vm: string;
}

const attributes = new Map<number, Attribute>();
/** Of the repeating groups, as the tables list them. */
const repeated = new Map<string, Attribute>();
const tags = new Map<string, number>();
for (const row of DICTIONARY.split('\n')) {
  const [tag = '', keyword = '', vr = '', vm = ''] = row.split(' ');
  if (tag.includes('x')) repeated.set(tag, { keyword, vr, vm });
  else {
    const number = Number.parseInt(tag, 16);
    attributes.set(number, { keyword, vr, vm });
    tags.set(keyword, number);
  }
}

/** Eight lower-case hexadecimal digits of a tag. */
export function tagHex(tag: number): string {
  return tag.toString(16).padStart(8, '0');
}

/** The element of a tag, also in the repeating groups 50xx and 60xx; undefined for private and unknown tags. */
export function attributeOf(tag: number): Attribute | undefined {
  const known = attributes.get(tag);
  if (known !== undefined || !isOfRepeatingGroup(tag)) return known;
  return repeated.get(repeating(tagHex(tag)));
}

/** The tag of a keyword, such as `PatientID`. @throws RangeError when PS3.6 has none. */
export function tagOf(keyword: string): number {
  const tag = tags.get(keyword);
  if (tag === undefined) throw new RangeError(`PS3.6 has no ${keyword}`);
  return tag;
}

/** True in groups of odd number (PS3.5 section 7.8). */
export function isPrivate(tag: number): boolean {
  return ((tag >>> 16) & 1) === 1;
}

/** True in the groups 50xx and 60xx. */
export function isOfRepeatingGroup(tag: number): boolean {
  const group = tag >>> 24;
  return group === 0x50 || group === 0x60;
}

/** `60021234` → `60xx1234`, the form in which the tables list repeating groups. */
export function repeating(hex: string): string {
  return /^(50|60)/.test(hex) ? `${hex.slice(0, 2)}xx${hex.slice(4)}` : hex;
}
