import { Anchor, Checkbox, NativeSelect, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordStandingView } from '#wire';
import { conceptsQuery } from '../api/queries.ts';
import { useCodeWords } from '../i18n/use-code-words.ts';
import { Section } from '../parts/section.tsx';
import { DATA_USE_CONDITIONS } from './data-use-conditions.ts';
import type { RecordDraft } from './record-draft.ts';

type Field = keyof RecordDraft;
type TextField = Exclude<Field, 'conditions' | 'legalBasis'>;

const COLLECTION_METHODS = ['only-image', 'patient-based', 'case-control', 'longitudinal', 'disease-specific'] as const;
const LEGAL_BASES = ['A6-1-a', 'A6-1-c', 'A6-1-e', 'A6-1-f', 'A9-2-a', 'A9-2-h', 'A9-2-i', 'A9-2-j'] as const;
/** What sites of the network mostly hold; anything else is searched for. */
const USUAL_CONDITIONS = {
  CLIN1000060: 'breast',
  CLIN1000065: 'lung',
  CLIN1000075: 'prostate',
  CLIN1000057: 'colon',
} as const;

/** Leads to a field of the form and puts the cursor there. */
export function FieldLink({ field, children }: { readonly field: Field; readonly children: ReactNode }) {
  return (
    <Anchor
      underline="always"
      href={`#${idOf(field)}`}
      onClick={(event) => {
        const target = document.getElementById(idOf(field));
        if (target === null) return;
        event.preventDefault();
        target.scrollIntoView({ block: 'center' });
        target.focus({ preventScroll: true });
      }}
    >
      {children}
    </Anchor>
  );
}

function idOf(field: Field): string {
  return `record-${field}`;
}

interface RecordFormProps {
  readonly draft: RecordDraft;
  readonly onDraft: (draft: RecordDraft) => void;
  /** Fields whose text is not of the form it should have. */
  readonly wrong: readonly string[];
  readonly missing: RecordStandingView['missing'];
}

/** The twelve fields that only a person knows; the rest is worked out. */
export function RecordForm({ draft, onDraft, wrong, missing }: RecordFormProps) {
  const { t } = useTranslation();
  const words = useCodeWords();
  const said = (field: Field) => ({
    id: idOf(field),
    label: t(`record.field.${field}`),
    error: wrong.includes(field)
      ? t(`record.wrong.${field === 'contactEmail' || field === 'hdabPage' ? field : 'text'}`)
      : undefined,
    description: neededFor(field),
  });
  const neededFor = (field: Field) => {
    const profile = missing.find((one) => one.field === field)?.profile;
    return profile === undefined ? undefined : <span className="needed">{t(`record.needed.${profile}`)}</span>;
  };
  const text = (field: TextField) => ({
    ...said(field),
    value: draft[field],
    onChange: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) =>
      onDraft({ ...draft, [field]: currentTarget.value }),
  });
  return (
    <Section title={t('record.form')} lead={t('record.form-lead')}>
      <div className="record-form">
        <Stack gap="md">
          <TextInput {...text('title')} required maxLength={200} />
          <Textarea {...text('description')} maxLength={2000} autosize minRows={3} />
          <ConditionSelect
            {...said('condition')}
            code={draft.condition}
            onCode={(condition) => onDraft({ ...draft, condition })}
          />
          <NativeSelect
            {...text('collectionMethod')}
            data={[
              { value: '', label: t('record.choose') },
              ...COLLECTION_METHODS.map((value) => ({ value, label: t(`record.collection.${value}`) })),
            ]}
          />
          <Textarea {...text('populationCoverage')} maxLength={500} autosize minRows={2} />
          <TextInput {...text('publisherName')} maxLength={200} autoComplete="organization" />
          <TextInput {...text('contactEmail')} type="email" maxLength={200} autoComplete="email" />
        </Stack>
        <Stack gap="md">
          <Checkbox.Group
            {...said('conditions')}
            tabIndex={-1}
            value={[...draft.conditions]}
            onChange={(conditions) => onDraft({ ...draft, conditions })}
          >
            <Stack gap={6} mt="xs">
              {DATA_USE_CONDITIONS.map((code) => (
                <Checkbox key={code} value={code} label={words.condition(code)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Checkbox.Group
            {...said('legalBasis')}
            tabIndex={-1}
            value={[...draft.legalBasis]}
            onChange={(legalBasis) => onDraft({ ...draft, legalBasis: legalBasis.slice(0, 4) })}
          >
            <Stack gap={6} mt="xs">
              {LEGAL_BASES.map((code) => (
                <Checkbox key={code} value={code} label={t(`record.legal.${code}`)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <TextInput {...text('retentionUntil')} type="date" />
          <TextInput {...text('hdabName')} maxLength={200} />
          <TextInput {...text('hdabPage')} type="url" maxLength={300} placeholder="https://" />
        </Stack>
      </div>
    </Section>
  );
}

interface ConditionSelectProps {
  readonly id: string;
  readonly label: string;
  readonly description: ReactNode;
  readonly error: string | undefined;
  readonly code: string;
  readonly onCode: (code: string) => void;
}

/** The one condition the dataset is about; what is typed is looked for in the hyper-ontology, in spite of slips. */
function ConditionSelect({ code, onCode, ...rest }: ConditionSelectProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [words] = useDebouncedValue(typed.trim(), 200);
  const found = useQuery({ ...conceptsQuery(words), enabled: words.length >= 3, placeholderData: keepPreviousData });
  const named = new Map<string, string>(
    Object.entries(USUAL_CONDITIONS).map(([usual, organ]) => [usual, t(`record.condition.${organ as 'breast'}`)]),
  );
  for (const concept of found.data?.items ?? []) {
    if (concept.code.startsWith('CLIN')) named.set(concept.code, `${concept.name} (${concept.code})`);
  }
  if (code !== '' && !named.has(code)) named.set(code, code);
  return (
    <Select
      {...rest}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('record.clear') }}
      placeholder={t('mapping.choose-answer')}
      data={[...named].map(([value, label]) => ({ value, label }))}
      value={code === '' ? null : code}
      onChange={(chosen) => onCode(chosen ?? '')}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage={t('mapping.no-answer')}
      maxDropdownHeight={260}
    />
  );
}
