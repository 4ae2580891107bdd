import { Button, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { conceptsQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { findWords } from './find-words.ts';
import type { StudioColumn } from './mapping-draft.ts';
import type { MappingElement } from './use-elements.ts';

/** So many values are shown until somebody asks for all. */
const SHOWN_AT_FIRST = 12;
/** Stands for a value that says nothing. */
const NOTHING = '-';

interface ValueTableProps {
  readonly element: MappingElement;
  readonly values: StudioColumn['proposal']['values'];
  readonly codes: Readonly<Record<string, string | null>>;
  /** Undefined opens the value again, null says that it says nothing. */
  readonly onCode: (value: string, code: string | null | undefined) => void;
}

/** The values of a coded column, each with the answer it stands for; those without one come first. */
export function ValueTable({ element, values, codes, onCode }: ValueTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [all, setAll] = useState(false);
  // As proposed, not as decided: a row must not jump away from under a person's hands.
  const sorted = [...values.filter(({ code }) => code === null), ...values.filter(({ code }) => code !== null)];
  const shown = all ? sorted : sorted.slice(0, SHOWN_AT_FIRST);
  if (values.length === 0) return null;
  return (
    <>
      <DataTable
        caption={t('mapping.values')}
        rows={shown}
        keyOf={({ value }) => value}
        columns={[
          { head: t('mapping.value'), cell: ({ value }) => <span className="cell">{value}</span> },
          { head: t('mapping.occurs'), numeric: true, cell: ({ count }) => format.count(count) },
          {
            head: t('mapping.answer'),
            cell: ({ value }) => (
              <div className="answer">
                <AnswerSelect
                  element={element}
                  value={value}
                  code={codes[value]}
                  onCode={(code) => onCode(value, code)}
                />
              </div>
            ),
          },
        ]}
      />
      {shown.length < sorted.length ? (
        <Button size="xs" variant="default" style={{ alignSelf: 'flex-start' }} onClick={() => setAll(true)}>
          {t('mapping.all-values', { values: format.count(sorted.length) })}
        </Button>
      ) : null}
    </>
  );
}

interface AnswerSelectProps {
  readonly element: MappingElement;
  readonly value: string;
  readonly code: string | null | undefined;
  readonly onCode: (code: string | null | undefined) => void;
}

/** The usual answers first; what is typed is looked for in the whole hyper-ontology as well. */
function AnswerSelect({ element, value, code, onCode }: AnswerSelectProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [words] = useDebouncedValue(typed.trim(), 200);
  const usual = element.answers;
  const isLooking = element.kind === 'coded' && words.length >= 2 && !usual.some(({ name }) => name === words);
  const found = useQuery({ ...conceptsQuery(words), enabled: isLooking, placeholderData: keepPreviousData });
  const named = new Map(usual.map(({ code: one, name }) => [one, name]));
  for (const concept of found.data?.items ?? []) named.set(concept.code, `${concept.name} (${concept.code})`);
  if (typeof code === 'string' && !named.has(code)) named.set(code, code);
  const data = [
    ...[...named].map(([one, name]) => ({ value: one, label: name })),
    { value: NOTHING, label: t('mapping.says-nothing') },
  ];
  const foundCodes = new Set(found.data?.items.map((concept) => concept.code));
  return (
    <Select
      aria-label={t('mapping.answer-for', { value })}
      size="xs"
      searchable
      clearable={code !== undefined}
      clearButtonProps={{ 'aria-label': t('mapping.reopen-value', { value }) }}
      placeholder={t('mapping.choose-answer')}
      data={data}
      value={code === undefined ? null : (code ?? NOTHING)}
      onChange={(chosen) => onCode(chosen === null ? undefined : chosen === NOTHING ? null : chosen)}
      onSearchChange={setTyped}
      filter={({ options, search }) => {
        const own = options.flatMap((option) =>
          'value' in option ? [{ option, names: [option.label, option.value] }] : [],
        );
        const near = findWords(own, search).map(({ option }) => option);
        // The house has looked for these in spite of slips, so they stay.
        const others = own
          .map(({ option }) => option)
          .filter((option) => foundCodes.has(option.value) && !near.includes(option));
        return isLooking ? [...near, ...others] : near;
      }}
      nothingFoundMessage={t('mapping.no-answer')}
      maxDropdownHeight={260}
      error={code === undefined ? t('mapping.value-open') : undefined}
    />
  );
}
