import { DICTIONARY } from './generated/dicom-dictionary.ts';

/** A data element of PS3.6. */
export interface Attribute {
  readonly keyword: string;
  /** The first where the standard allows several; '--' for items and delimiters. */
  readonly vr: string;
  readonly vm: string;
}

const attributes = new Map<string, Attribute>();
const tags = new Map<string, number>();
for (const row of DICTIONARY.split('\n')) {
  const [tag = '', keyword = '', vr = '', vm = ''] = row.split(' ');
  attributes.set(tag, { keyword, vr, vm });
  if (!tag.includes('x')) tags.set(keyword, Number.parseInt(tag, 16));
}

/** Eight lower-case hexadecimal digits of a tag. */
export function tagHex(tag: number): string {
  return tag.toString(16).padStart(8, '0');
}

/** The element of a tag, also in the repeating groups 50xx and 60xx; undefined for private and unknown tags. */
export function attributeOf(tag: number): Attribute | undefined {
  const hex = tagHex(tag);
  return attributes.get(hex) ?? attributes.get(repeating(hex));
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

/** `60021234` → `60xx1234`, the form in which the tables list repeating groups. */
export function repeating(hex: string): string {
  return /^(50|60)/.test(hex) ? `${hex.slice(0, 2)}xx${hex.slice(4)}` : hex;
}
