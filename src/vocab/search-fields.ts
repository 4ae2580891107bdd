import { SEARCH_FIELD_ROWS } from './search-field-rows.ts';

/** A value that a field of federated search can be asked for. */
export interface SearchTerm {
  /** Hyper-ontology 2.0. */
  readonly code: string;
  /** The code of the wider term, which is in the same field. */
  readonly within: string | null;
  /** Other spellings: DICOM values, keys of the EUCAIM search form; one that ends in `*` is a beginning. */
  readonly spellings: readonly string[];
}

/** A field of federated search. `one`: a study has one value; `many`: any number of them; `number`: one number. */
export interface SearchField {
  readonly field: string;
  readonly kind: 'one' | 'many' | 'number';
  /** Keys by which the search form of Cancer Image Europe asks for it; the same key may name two fields. */
  readonly keys: readonly string[];
  readonly terms: readonly SearchTerm[];
}

/** Every field of federated search, by name. */
export const SEARCH_FIELDS: ReadonlyMap<string, SearchField> = readRows();

function readRows(): ReadonlyMap<string, SearchField> {
  const fields = new Map<string, SearchField & { readonly terms: SearchTerm[] }>();
  let last: SearchTerm[] = [];
  for (const row of SEARCH_FIELD_ROWS.split('\n')) {
    const [head = '', code = '', within = '', spellings = ''] = row.split('\t');
    if (code !== '') {
      last.push({ code, within: within === '' ? null : within, spellings: listed(spellings) });
      continue;
    }
    const [field = '', kind, keys = ''] = head.split(' ');
    last = [];
    fields.set(field, {
      field,
      kind: kind === 'one' || kind === 'number' ? kind : 'many',
      keys: listed(keys),
      terms: last,
    });
  }
  return fields;
}

function listed(text: string): readonly string[] {
  return text === '' ? [] : text.split('|');
}
