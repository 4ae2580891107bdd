import type { DatasetRecord } from '#wire';
import { plainWords } from '../i18n/plain-words.ts';

/** What the catalogue can be narrowed by. */
export const CATALOGUE_FACETS = ['modality', 'bodyPart', 'country', 'site', 'use', 'origin'] as const;

/** One of {@link CATALOGUE_FACETS}. */
export type CatalogueFacet = (typeof CATALOGUE_FACETS)[number];

/** In which order datasets are listed. */
export const CATALOGUE_ORDERS = ['newest', 'largest', 'best', 'name'] as const;

/** What is looked for in the catalogue. */
export interface CatalogueFilter {
  readonly words: string;
  readonly order: (typeof CATALOGUE_ORDERS)[number];
  /** Chosen values by facet; any of them will do, every facet counts. */
  readonly chosen: Readonly<Record<CatalogueFacet, readonly string[]>>;
}

/** A value of a facet and how many datasets would be listed with it. */
export interface FacetValue {
  readonly value: string;
  readonly datasets: number;
}

/** The filter of an address, so that a list can be shared. */
export function filterOf(search: string): CatalogueFilter {
  const asked = new URLSearchParams(search);
  const order = CATALOGUE_ORDERS.find((one) => one === asked.get('order')) ?? 'newest';
  const of = (facet: CatalogueFacet) => asked.getAll(facet);
  return {
    words: asked.get('q') ?? '',
    order,
    chosen: {
      modality: of('modality'),
      bodyPart: of('bodyPart'),
      country: of('country'),
      site: of('site'),
      use: of('use'),
      origin: of('origin'),
    },
  };
}

/** The address of a filter; empty for all datasets. */
export function searchOf({ words, order, chosen }: CatalogueFilter): string {
  const asked = new URLSearchParams();
  if (words !== '') asked.set('q', words);
  if (order !== 'newest') asked.set('order', order);
  for (const facet of CATALOGUE_FACETS) for (const value of chosen[facet]) asked.append(facet, value);
  const text = asked.toString();
  return text === '' ? '' : `?${text}`;
}

/** The datasets that fit, in the order asked for. */
export function datasetsIn(datasets: readonly DatasetRecord[], filter: CatalogueFilter): readonly DatasetRecord[] {
  const words = plainWords(filter.words);
  return datasets
    .filter((dataset) => CATALOGUE_FACETS.every((facet) => fits(dataset, facet, filter)))
    .filter((dataset) => {
      const text = plainWords(textOf(dataset)).join(' ');
      return words.every((word) => text.includes(word));
    })
    .sort(ORDERS[filter.order]);
}

/** The values of a facet with the number of datasets each would list beside what is chosen in the other facets. */
export function valuesOf(
  datasets: readonly DatasetRecord[],
  facet: CatalogueFacet,
  filter: CatalogueFilter,
): readonly FacetValue[] {
  const others = datasetsIn(datasets, { ...filter, chosen: { ...filter.chosen, [facet]: [] } });
  const counts = new Map<string, number>();
  for (const dataset of datasets) for (const value of facetOf(dataset, facet)) counts.set(value, 0);
  for (const dataset of others) {
    for (const value of new Set(facetOf(dataset, facet))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, datasets: count }))
    .sort((a, b) => b.datasets - a.datasets || a.value.localeCompare(b.value));
}

function fits(dataset: DatasetRecord, facet: CatalogueFacet, { chosen }: CatalogueFilter): boolean {
  const wanted = chosen[facet];
  return wanted.length === 0 || facetOf(dataset, facet).some((value) => wanted.includes(value));
}

function facetOf(dataset: DatasetRecord, facet: CatalogueFacet): readonly string[] {
  switch (facet) {
    case 'modality':
      return dataset.modalities;
    case 'bodyPart':
      return dataset.bodyParts;
    case 'country':
      return [dataset.country];
    case 'site':
      return [dataset.siteId];
    case 'use':
      return dataset.conditions;
    case 'origin':
      return [dataset.synthetic ? 'synthetic' : 'real'];
  }
}

const size = ({ studies }: DatasetRecord) => ('count' in studies ? studies.count : 0);

const ORDERS = {
  newest: (a, b) => b.publishedAtMs - a.publishedAtMs,
  largest: (a, b) => size(b) - size(a),
  best: (a, b) => b.quality.score - a.quality.score,
  name: (a, b) => a.title.localeCompare(b.title),
} as const satisfies Readonly<Record<CatalogueFilter['order'], (a: DatasetRecord, b: DatasetRecord) => number>>;

function textOf({
  title,
  description,
  siteId,
  name,
  modalities,
  bodyParts,
  manufacturers,
  card,
  ...rest
}: DatasetRecord) {
  const variables = (rest.variables ?? []).map((one) => one.title);
  const own = [title, description, siteId, name, card?.publisherName ?? '', card?.populationCoverage ?? ''];
  return [...own, ...modalities, ...bodyParts, ...manufacturers, ...Object.keys(rest.findings), ...variables].join(' ');
}
