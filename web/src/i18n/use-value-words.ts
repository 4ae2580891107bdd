import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { searchFieldsQuery } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { useCodeWords } from './use-code-words.ts';

/**
 * Words for values of fields of the search, whichever way they are written: as DICOM writes them or as concepts. Concepts that DICOM has no word for
 * have the name of the ontology, which is English; at a node, which has no list of them, their code.
 */
export function useValueWords(): (field: string, value: string) => string {
  const { house, person } = useSession();
  const codes = useCodeWords();
  const { data } = useQuery({ ...searchFieldsQuery, enabled: house.kind === 'hub' && person !== null });
  const terms = useMemo(
    () => new Map((data?.fields ?? []).flatMap(({ values }) => values.map((one) => [one.code, one] as const))),
    [data],
  );
  return (field, value) => {
    const term = terms.get(value);
    const said = term?.dicom ?? value;
    const word = field === 'sex' ? codes.sex(said) : field === 'modality' ? codes.modality(said) : codes.finding(said);
    return word === said && term !== undefined ? term.name : word;
  };
}
