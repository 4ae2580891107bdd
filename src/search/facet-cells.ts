import { type CohortQuery, NUMBER_FIELDS, type QueryField } from '#wire';
import { binsOf } from './bins.ts';
import { canonicalQuery } from './canonical-query.ts';
import { withNarrower } from './coded-value.ts';
import type { SearchIndex } from './search-index.ts';

/** A cell of a facet table. */
export interface FacetCell {
  readonly field: QueryField;
  readonly name: string;
  /** As it is told: a value, or a bin. */
  readonly shown: { readonly value: string } | { readonly from: number | null; readonly to: number | null };
  /** The condition of the cell alone. */
  readonly of: CohortQuery;
  /** The question whose people the cell counts. */
  readonly query: CohortQuery;
}

/**
 * The cells of a field under a question: the values that enough people of the whole dataset have (a rare word is not even
 * named), or the published bins from the first to the last that enough people fall into.
 */
export function facetCells(
  index: SearchIndex,
  field: QueryField,
  query: CohortQuery,
  threshold: number,
): readonly FacetCell[] {
  const enough = (of: CohortQuery) => index.count(index.find(of)).persons >= threshold;
  const cell = (name: string, shown: FacetCell['shown'], of: CohortQuery): FacetCell => ({
    field,
    name,
    shown,
    of,
    query: { all: [query, of] },
  });
  const numbers = NUMBER_FIELDS.find((one) => one === field);
  if (numbers === undefined) {
    const values = index.valuesOf(field);
    // A value within another of the table is counted there: nobody is told of twice for being precise.
    const inner = new Set(values.flatMap((value) => withNarrower(field, value).filter((one) => one !== value)));
    return values.flatMap((value) => {
      if (inner.has(value)) return [];
      const of = canonicalQuery({ is: field, in: [value] });
      return enough(of) ? [cell(value, { value }, of)] : [];
    });
  }
  const cells = binsOf(numbers).map(({ from, to }) => {
    const of: CohortQuery = {
      is: numbers,
      ...(from === null ? {} : { from }),
      ...(to === null ? {} : { to }),
    };
    return cell(`${from ?? ''}..${to ?? ''}`, { from, to }, of);
  });
  const shown = cells.map(({ of }) => enough(of));
  return cells.slice(shown.indexOf(true) < 0 ? cells.length : shown.indexOf(true), shown.lastIndexOf(true) + 1);
}
