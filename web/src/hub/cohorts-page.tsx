import {
  Button,
  Chip,
  Group,
  MultiSelect,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  Stack,
  Switch,
} from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type CohortQuery, type DatasetRecord, searchViewSchema } from '#wire';
import { datasetsQuery, searchFieldsQuery, searchQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useCohortWords } from '../i18n/use-cohort-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { useValueWords } from '../i18n/use-value-words.ts';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import {
  CATALOGUE_FIELDS,
  CHOICE_FIELDS,
  cohortQueryOf,
  type Filter,
  type FilterField,
  filtersOf,
  newFilter,
  questionIn,
  RANGE_FIELDS,
} from './cohort-filter.ts';
import { HUB_READERS } from './hub-readers.ts';
import { SearchResult } from './search-result.tsx';

/** Counting people across the network without seeing any of them. */
export function CohortsPage() {
  const { t } = useTranslation();
  const allowed = holdsOneOf(useSession(), HUB_READERS.cohorts);
  const datasets = useQuery({ ...datasetsQuery, enabled: allowed });
  return (
    <>
      <PageHead title={t('cohorts.title')} lead={t('cohorts.lead')} />
      {allowed ? (
        <Loaded query={datasets}>{({ datasets }) => <CohortSearch datasets={datasets} />}</Loaded>
      ) : (
        <EntryNotice roles={HUB_READERS.cohorts} />
      )}
    </>
  );
}

/** Measured, and not counted in whole years. */
const DECIMAL_FIELDS: ReadonlySet<string> = new Set(['psa', 'ki67', 'ageAtDiagnosis']);
/** So many fields people can also be counted by at a time. */
const MOST_FACETS = 8;
/** Values of a field that are shown side by side; of more, one looks for them. */
const MOST_CHIPS = 12;
const FIELDS: readonly FilterField[] = [...CHOICE_FIELDS, ...RANGE_FIELDS];

/** The question that an address carries, where the form can show it. */
function askedIn(address: string) {
  const query = questionIn(address);
  return query === undefined ? undefined : filtersOf(query);
}

function CohortSearch({ datasets }: { readonly datasets: readonly DatasetRecord[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const asks = holdsOneOf(useSession(), ['researcher']);
  const address = useRouterState({ select: ({ location }) => location.searchStr });
  const [first] = useState(() => askedIn(address));
  const [join, setJoin] = useState<'all' | 'any'>(first?.join ?? 'all');
  const [filters, setFilters] = useState<readonly Filter[]>(first?.filters ?? [newFilter('finding', 1)]);
  const [facets, setFacets] = useState<readonly FilterField[]>([]);
  const [asked, setAsked] = useState<{ readonly id: string; readonly query: CohortQuery }>();
  const words = useCohortWords();
  const query = cohortQueryOf(join, filters);
  // The form may have been changed before the answer is there.
  const [sent, setSent] = useState(query);
  const send = useWriteFor(searchViewSchema, [], ({ id }) => setAsked({ id, query: sent }));
  const result = useQuery({ ...searchQuery(asked?.id ?? ''), enabled: asked !== undefined });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/cohorts', search: { query: JSON.stringify(query) } as never, replace: true });
    setSent(query);
    send.mutate({ path: '/api/searches', body: facets.length > 0 ? { query, facets } : { query } });
  };
  const replace = (changed: Filter) =>
    setFilters(filters.map((filter) => (filter.key === changed.key ? changed : filter)));

  return (
    <>
      <Section title={t('cohorts.question')} lead={t('cohorts.question-lead')}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <SegmentedControl
              aria-label={t('cohorts.join')}
              value={join}
              onChange={(value) => setJoin(value === 'any' ? 'any' : 'all')}
              data={[
                { value: 'all', label: t('cohorts.join-all') },
                { value: 'any', label: t('cohorts.join-any') },
              ]}
              style={{ alignSelf: 'flex-start' }}
            />
            {filters.length === 0 ? <p className="prose">{t('cohorts.everyone')}</p> : null}
            {filters.map((filter, index) => (
              <FilterRow
                key={filter.key}
                number={index + 1}
                filter={filter}
                datasets={datasets}
                onChange={replace}
                onRemove={() => setFilters(filters.filter(({ key }) => key !== filter.key))}
              />
            ))}
            <p className="prose quiet">{t('studio.cohort-words', { cohort: words(query) })}</p>
            <MultiSelect
              label={t('facets.also')}
              description={t('facets.also-hint')}
              value={[...facets]}
              data={FIELDS.map((field) => ({ value: field, label: t(`cohorts.field.${field}`) }))}
              maxValues={MOST_FACETS}
              searchable
              onChange={(chosen) => setFacets(FIELDS.filter((field) => chosen.includes(field)))}
            />
            <Group gap="sm">
              <Button
                variant="default"
                leftSection={<IconPlus size={17} aria-hidden="true" />}
                onClick={() =>
                  setFilters([...filters, newFilter('sex', 1 + Math.max(0, ...filters.map(({ key }) => key)))])
                }
              >
                {t('cohorts.add')}
              </Button>
              <Button type="submit" loading={send.isPending} leftSection={<IconSearch size={17} aria-hidden="true" />}>
                {t('cohorts.count')}
              </Button>
            </Group>
          </Stack>
        </form>
        {send.error === null ? null : <ProblemNotice error={send.error} />}
      </Section>
      {asked === undefined ? null : (
        <Section title={t('cohorts.answer')} lead={t('cohorts.answer-lead')}>
          <p className="prose quiet">{t('studio.cohort-words', { cohort: words(asked.query) })}</p>
          <Loaded query={result}>{(view) => <SearchResult view={view} query={asked.query} />}</Loaded>
          {asks ? (
            <ButtonLink
              variant="default"
              to="/access/new"
              search={{ query: JSON.stringify(asked.query) } as never}
              style={{ alignSelf: 'flex-start' }}
            >
              {t('cohorts.ask-access')}
            </ButtonLink>
          ) : null}
        </Section>
      )}
    </>
  );
}

interface FilterRowProps {
  readonly number: number;
  readonly filter: Filter;
  readonly datasets: readonly DatasetRecord[];
  readonly onChange: (filter: Filter) => void;
  readonly onRemove: () => void;
}

function FilterRow({ number, filter, datasets, onChange, onRemove }: FilterRowProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="filter-row">
      <legend className="quiet">{t('cohorts.condition', { number })}</legend>
      <Stack gap="sm">
        <Group gap="md" align="flex-end">
          <NativeSelect
            label={t('cohorts.field')}
            value={filter.field}
            data={FIELDS.map((field) => ({ value: field, label: t(`cohorts.field.${field}`) }))}
            onChange={({ currentTarget }) => {
              const chosen = FIELDS.find((field) => field === currentTarget.value);
              if (chosen !== undefined) onChange(newFilter(chosen, filter.key));
            }}
          />
          {filter.kind === 'range' ? (
            <>
              <NumberInput
                label={t('cohorts.from')}
                value={filter.from ?? ''}
                min={0}
                max={3000}
                allowDecimal={DECIMAL_FIELDS.has(filter.field)}
                w={110}
                onChange={(value) => onChange({ ...filter, from: typeof value === 'number' ? value : undefined })}
              />
              <NumberInput
                label={t('cohorts.to')}
                value={filter.to ?? ''}
                min={0}
                max={3000}
                allowDecimal={DECIMAL_FIELDS.has(filter.field)}
                w={110}
                onChange={(value) => onChange({ ...filter, to: typeof value === 'number' ? value : undefined })}
              />
            </>
          ) : null}
          <Switch
            label={t('cohorts.not')}
            checked={filter.negated}
            mb={8}
            onChange={({ currentTarget }) => onChange({ ...filter, negated: currentTarget.checked })}
          />
          <Button variant="subtle" onClick={onRemove} ms="auto" aria-label={t('cohorts.remove-number', { number })}>
            {t('cohorts.remove')}
          </Button>
        </Group>
        {filter.kind === 'choice' ? <Choices filter={filter} datasets={datasets} onChange={onChange} /> : null}
      </Stack>
    </fieldset>
  );
}

interface ChoicesProps {
  readonly filter: Extract<Filter, { readonly kind: 'choice' }>;
  readonly datasets: readonly DatasetRecord[];
  readonly onChange: (filter: Filter) => void;
}

function Choices({ filter, datasets, onChange }: ChoicesProps) {
  const { t } = useTranslation();
  const words = useValueWords();
  const format = useFormat();
  const { data } = useQuery(searchFieldsQuery);
  const { field, values } = filter;
  const ofCatalogue = CATALOGUE_FIELDS.find((one) => one === field);
  const options =
    ofCatalogue === undefined
      ? (data?.fields.find((one) => one.field === field)?.values ?? []).map(({ code }) => code)
      : [...new Set([...datasets.flatMap((dataset) => valuesOf(dataset, ofCatalogue)), ...values])].sort();
  if (options.length === 0) return <p className="prose quiet">{t('cohorts.no-values')}</p>;
  if (options.length > MOST_CHIPS) {
    return (
      <MultiSelect
        label={t(`cohorts.field.${field}`)}
        value={[...values]}
        data={options.map((value) => ({ value, label: words(field, value) }))}
        maxValues={50}
        searchable
        onChange={(chosen) => onChange({ ...filter, values: chosen })}
      />
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a second fieldset inside the condition's own would be read twice.
    <div role="group" aria-label={t(`cohorts.field.${field}`)}>
      <Chip.Group multiple value={[...values]} onChange={(chosen) => onChange({ ...filter, values: chosen })}>
        <Group gap="xs">
          {options.map((value) => (
            <Chip key={value} value={value} variant="outline">
              {words(field, value)}
              {publishedOf(datasets, field, value) === 0
                ? ''
                : ` (${format.count(publishedOf(datasets, field, value))})`}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </div>
  );
}

/** People the catalogue names for a value, all sites together; published counts cost no question. */
function publishedOf(datasets: readonly DatasetRecord[], field: string, value: string): number {
  const counts = datasets.flatMap(({ sexes, findings }) => {
    const count = field === 'sex' ? sexes[value] : field === 'finding' ? findings[value] : undefined;
    return count !== undefined && 'count' in count ? [count.count] : [];
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

function valuesOf(dataset: DatasetRecord, field: (typeof CATALOGUE_FIELDS)[number]): readonly string[] {
  switch (field) {
    case 'finding':
      return Object.keys(dataset.findings);
    case 'sex':
      return Object.keys(dataset.sexes);
    case 'modality':
      return dataset.modalities;
    case 'bodyPart':
      return dataset.bodyParts;
    case 'manufacturer':
      return dataset.manufacturers;
  }
}
