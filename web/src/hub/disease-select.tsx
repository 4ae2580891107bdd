import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { conceptsQuery } from '../api/queries.ts';

/** Diseases that a project is about; what is typed is looked for in the hyper-ontology, in spite of slips. */
export function DiseaseSelect({
  codes,
  onCodes,
}: {
  readonly codes: readonly string[];
  readonly onCodes: (codes: string[]) => void;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [names, setNames] = useState<Readonly<Record<string, string>>>({});
  const [words] = useDebouncedValue(typed.trim(), 200);
  const found = useQuery({ ...conceptsQuery(words), enabled: words.length >= 3, placeholderData: keepPreviousData });
  const offered = (found.data?.items ?? []).filter(({ code }) => code.startsWith('CLIN'));
  const nameOf = (code: string) => offered.find((one) => one.code === code)?.name ?? names[code];
  const values = [...new Set([...codes, ...offered.map(({ code }) => code)])];
  return (
    <MultiSelect
      label={t('access.diseases')}
      description={t('new-access.diseases-hint')}
      searchable
      maxValues={20}
      data={values.map((value) => {
        const name = nameOf(value);
        return { value, label: name === undefined ? value : `${name} (${value})` };
      })}
      value={[...codes]}
      onChange={(chosen) => {
        const named = chosen.flatMap((code) => {
          const name = nameOf(code);
          return name === undefined ? [] : [[code, name] as const];
        });
        setNames(Object.fromEntries(named));
        onCodes(chosen);
      }}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage={t('mapping.no-answer')}
      maxDropdownHeight={260}
    />
  );
}
