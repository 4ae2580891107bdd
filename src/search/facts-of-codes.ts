import { SEARCH_FIELDS } from '#vocab';
import { QUERY_FIELDS, type QueryField } from '#wire';
import { knownCode } from './coded-value.ts';
import { hasMany } from './matches.ts';

const MANY = QUERY_FIELDS.filter((field) => field !== 'finding' && hasMany(field));

/**
 * Coded facts by the fields that ask for them. A fact is a code by itself, which is taken where one field alone has it
 * ("positive" is a result of several tests), or `asked=answered`. What no field asks for is left out.
 */
export function factsOfCodes(codes: readonly string[]): Partial<Record<QueryField, readonly string[]>> {
  const facts = new Map<QueryField, string[]>();
  for (const token of codes) {
    const [asked = '', answered] = token.split('=');
    const fields =
      answered === undefined ? MANY : MANY.filter((field) => SEARCH_FIELDS.get(field)?.keys.includes(asked));
    const found = fields.flatMap((field) => {
      const code = knownCode(field, answered ?? asked);
      return code === undefined ? [] : [[field, code] as const];
    });
    if (answered === undefined && found.length > 1) continue;
    for (const [field, code] of found) facts.set(field, [...(facts.get(field) ?? []), code]);
  }
  return Object.fromEntries([...facts].map(([field, values]) => [field, [...new Set(values)]]));
}

/** The number field that asks for what a concept measures; undefined where none does. */
export function numberFieldOf(code: string): QueryField | undefined {
  return QUERY_FIELDS.find((field) => {
    const known = SEARCH_FIELDS.get(field);
    return known?.kind === 'number' && known.keys.includes(code);
  });
}
