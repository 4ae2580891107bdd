import { isOfRepeatingGroup, repeating, tagHex } from './dictionary.ts';
import { CONFIDENTIALITY } from './generated/confidentiality.ts';

/** Options of PS3.15 section E.3 by their names in the generated table. */
export type ConfidentialityOption =
  | 'dates'
  | 'fullDates'
  | 'patient'
  | 'device'
  | 'uids'
  | 'institution'
  | 'descriptors'
  | 'structured'
  | 'graphics';

/** A row of PS3.15 Table E.1-1. */
export interface ConfidentialityRow {
  /** X, Z, D, U or a combination such as X/Z/D. */
  readonly basic: string;
  /** K or C where an option changes the action. */
  readonly options: Readonly<Partial<Record<ConfidentialityOption, 'K' | 'C'>>>;
}

const rows = new Map<string, ConfidentialityRow>();
const byNumber = new Map<number, ConfidentialityRow>();
for (const row of CONFIDENTIALITY.split('\n')) {
  const [tag = '', basic = '', ...options] = row.split(' ');
  const entry = { basic, options: Object.fromEntries(options.map((option) => option.split(':'))) };
  rows.set(tag, entry);
  if (!tag.includes('x')) byNumber.set(Number.parseInt(tag, 16), entry);
}
// Every curve element falls under one row of the table, (50XX,XXXX).
const curves = rows.get('50xxxxxx');

/** The row of a tag; undefined where Table E.1-1 says nothing. */
export function confidentialityRow(tag: number): ConfidentialityRow | undefined {
  if (!isOfRepeatingGroup(tag)) return byNumber.get(tag);
  if (curves !== undefined && tag >>> 24 === 0x50) return curves;
  return byNumber.get(tag) ?? rows.get(repeating(tagHex(tag)));
}

/** Every tag of the table that is not of a repeating group. */
export function confidentialityTags(): readonly number[] {
  return [...rows.keys()].filter((hex) => !hex.includes('x')).map((hex) => Number.parseInt(hex, 16));
}
