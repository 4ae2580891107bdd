import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { mappingElementsQuery } from '../api/queries.ts';

/** What a column can mean, by id; empty until the house has answered. */
export function useElements() {
  const { data } = useQuery(mappingElementsQuery);
  return useMemo(
    () => new Map(data?.items.map((element) => [element.element, { ...element, name: labelOf(element.element) }])),
    [data],
  );
}

/** Abbreviations as the field writes them. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['er', 'pr', 'her2', 'psa', 'ecog', 'isup', 'brca1', 'brca2', 'uid', 'id', 't', 'n', 'm'].map((word) => [
      word,
      word.toUpperCase(),
    ]),
  ),
  ki67: 'Ki-67',
  birads: 'BI-RADS',
  pirads: 'PI-RADS',
};

/** The id of an element as people read it: `er-status` is "ER status". */
function labelOf(id: string): string {
  const text = id
    .split('-')
    .map((word) => ABBREVIATIONS[word] ?? word)
    .join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a column can mean, by id. */
export type Elements = ReturnType<typeof useElements>;
/** Something that a column can mean. */
export type MappingElement = Elements extends Map<string, infer Element> ? Element : never;
