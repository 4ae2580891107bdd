import { SEARCH_FIELDS, type SearchTerm } from '#vocab';
import type { QueryField } from '#wire';
import { folded } from './folded.ts';

interface Spelled {
  readonly exact: ReadonlyMap<string, string>;
  /** Beginnings with their codes. */
  readonly beginnings: readonly (readonly [string, string])[];
  /** A code with every code within it. */
  readonly family: ReadonlyMap<string, readonly string[]>;
}

const BY_FIELD: ReadonlyMap<string, Spelled> = new Map(
  [...SEARCH_FIELDS].map(([field, { terms }]) => [field, spelled(terms)]),
);

/** What DICOM writes is the same few words again and again; beyond this many, what they are is worked out anew. */
const REMEMBERED = 4096;
const remembered = new Map<string, string>();

/** What a value is called in an index and in canonical questions: its hyper-ontology code, or else its folded text. */
export function codedValue(field: QueryField, text: string): string {
  const key = `${field} ${text}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const value = knownCode(field, text) ?? folded(text);
  if (remembered.size < REMEMBERED) remembered.set(key, value);
  return value;
}

/** The code of a value of a field; undefined where the field's list has none. */
export function knownCode(field: QueryField, text: string): string | undefined {
  const values = BY_FIELD.get(field);
  const plain = folded(text);
  const exact = values?.exact.get(plain);
  if (exact !== undefined || values === undefined) return exact;
  return values.beginnings.find(([beginning]) => plain.startsWith(beginning))?.[1];
}

/** The value and, for a code, every code within it. */
export function withNarrower(field: QueryField, value: string): readonly string[] {
  return BY_FIELD.get(field)?.family.get(value) ?? [value];
}

function spelled(terms: readonly SearchTerm[]): Spelled {
  const exact = new Map<string, string>();
  const beginnings: (readonly [string, string])[] = [];
  for (const { code, spellings } of terms) {
    exact.set(code.toLowerCase(), code);
    for (const spelling of spellings) {
      if (spelling.endsWith('*')) beginnings.push([spelling.slice(0, -1).toLowerCase(), code]);
      else exact.set(folded(spelling), code);
    }
  }
  const familyOf = (code: string): readonly string[] => [
    code,
    ...terms.filter(({ within }) => within === code).flatMap((term) => familyOf(term.code)),
  ];
  return { exact, beginnings, family: new Map(terms.map(({ code }) => [code, familyOf(code)])) };
}
