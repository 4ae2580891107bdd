import { Button, Checkbox, Group, NativeSelect, NumberInput, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type AccessForm,
  type AccessRequest,
  type DatasetRecord,
  type DataUse,
  OFFERED_OPERATIONS,
  REQUEST_KINDS,
  RESEARCH_KINDS,
} from '#wire';
import type { ProblemError } from '../api/problem.ts';
import { useCohortWords } from '../i18n/use-cohort-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { countriesByName } from './country-places.ts';
import { DiseaseSelect } from './disease-select.tsx';

/** Nothing is claimed or promised before somebody says so. */
const USE: DataUse = {
  research: 'disease',
  diseases: [],
  commercial: false,
  notForProfit: false,
  country: '',
  publishes: false,
  returnsResults: false,
  collaborates: false,
};

/** A request before anything is written. */
export const EMPTY_FORM: AccessForm = {
  title: '',
  purpose: '',
  operations: ['train', 'evaluate'],
  datasets: [],
  days: 365,
  kind: 'data-permit',
  use: USE,
  people: [],
  controller: '',
  outputs: '',
  retentionDays: 0,
  safeguards: '',
  ethics: null,
  cohort: null,
  epsilon: null,
};

/** What a request asks, without what became of it. */
export function formOf(request: AccessRequest): AccessForm {
  const { title, purpose, operations, datasets, days, kind, use, people, controller } = request;
  const { outputs, retentionDays, safeguards, ethics, cohort, epsilon } = request;
  return {
    title,
    purpose,
    operations,
    datasets,
    days,
    kind,
    use,
    people,
    controller,
    outputs,
    retentionDays,
    safeguards,
    ethics,
    cohort,
    epsilon,
  };
}

interface RequestFormProps {
  readonly datasets: readonly DatasetRecord[];
  readonly begun: AccessForm;
  readonly isSending: boolean;
  readonly error: ProblemError | null;
  readonly onDone: (form: AccessForm) => void;
}

interface PartProps {
  readonly form: AccessForm;
  readonly onChange: (change: Partial<AccessForm>) => void;
}

/** The steps of a request: which data, what for, who and how. */
export function RequestForm({ datasets, begun, isSending, error, onDone }: RequestFormProps) {
  const { t } = useTranslation();
  const [form, setForm] = useState(begun);
  const change = (part: Partial<AccessForm>) => setForm((now) => ({ ...now, ...part }));
  if (datasets.length === 0) {
    return (
      <div className="surface">
        <EmptyState title={t('datasets.empty')} hint={t('datasets.empty-hint')} />
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDone({ ...form, people: form.people.filter(({ name }) => name.trim() !== '') });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <Basket datasets={datasets} form={form} onChange={change} />
        <Purpose form={form} onChange={change} />
        <Terms form={form} onChange={change} />
        {error === null ? null : <ProblemNotice error={error} />}
        <div>
          <Button
            type="submit"
            loading={isSending}
            disabled={form.datasets.length === 0 || form.operations.length === 0}
          >
            {t('new-access.check')}
          </Button>
          <p className="quiet" style={{ margin: '0.5rem 0 0' }}>
            {form.datasets.length === 0 ? t('new-access.choose') : t('new-access.check-hint')}
          </p>
        </div>
      </Stack>
    </form>
  );
}

function Basket({ datasets, form, onChange }: PartProps & { readonly datasets: readonly DatasetRecord[] }) {
  const { t } = useTranslation();
  const cohortWords = useCohortWords();
  const chosen = form.datasets.map(({ siteId, name }) => `${siteId}/${name}`);
  return (
    <Section title={t('new-access.step-data')}>
      <Checkbox.Group
        label={t('new-access.datasets')}
        value={chosen}
        onChange={(values) =>
          onChange({
            datasets: datasets
              .map(({ siteId, name }) => ({ siteId, name }))
              .filter(({ siteId, name }) => values.includes(`${siteId}/${name}`)),
          })
        }
      >
        <Stack gap="xs" mt="xs">
          {datasets.map(({ siteId, name, title }) => (
            <Checkbox key={`${siteId}/${name}`} value={`${siteId}/${name}`} label={`${title} (${siteId}/${name})`} />
          ))}
        </Stack>
      </Checkbox.Group>
      {form.cohort === null ? null : (
        <Group gap="sm" align="center">
          <p className="prose">
            {t('permit.people')}: {cohortWords(form.cohort)}
          </p>
          <Button variant="default" size="compact-md" onClick={() => onChange({ cohort: null })}>
            {t('new-access.everyone')}
          </Button>
        </Group>
      )}
      <Radio.Group
        label={t('access.kind')}
        value={form.kind}
        onChange={(value) =>
          onChange(
            value === 'data-request'
              ? { kind: 'data-request', operations: ['count-exact', 'statistics'] }
              : { kind: 'data-permit', operations: EMPTY_FORM.operations },
          )
        }
      >
        <Stack gap="xs" mt="xs">
          {REQUEST_KINDS.map((kind) => (
            <Radio key={kind} value={kind} label={t(`access.kind.${kind}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {form.kind === 'data-request' ? null : (
        <Checkbox.Group
          label={t('new-access.operations')}
          value={[...form.operations]}
          onChange={(values) => onChange({ operations: OFFERED_OPERATIONS.filter((one) => values.includes(one)) })}
        >
          <Stack gap="xs" mt="xs">
            {OFFERED_OPERATIONS.map((operation) => (
              <Checkbox key={operation} value={operation} label={t(`operation.${operation}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
    </Section>
  );
}

function Purpose({ form, onChange }: PartProps) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const use = form.use ?? USE;
  const set = (part: Partial<DataUse>) => onChange({ use: { ...use, ...part } });
  return (
    <Section title={t('new-access.step-purpose')}>
      <TextInput
        label={t('new-access.name')}
        required
        maxLength={200}
        value={form.title}
        onChange={({ currentTarget }) => onChange({ title: currentTarget.value })}
      />
      <Textarea
        label={t('new-access.purpose')}
        description={t('new-access.purpose-hint')}
        required
        minRows={3}
        autosize
        maxLength={1000}
        value={form.purpose}
        onChange={({ currentTarget }) => onChange({ purpose: currentTarget.value })}
      />
      <NativeSelect
        label={t('access.research')}
        value={use.research}
        data={RESEARCH_KINDS.map((value) => ({ value, label: t(`access.research.${value}`) }))}
        onChange={({ currentTarget }) =>
          set({ research: RESEARCH_KINDS.find((one) => one === currentTarget.value) ?? 'health' })
        }
      />
      <DiseaseSelect codes={use.diseases} onCodes={(diseases) => set({ diseases })} />
      <NativeSelect
        label={t('access.country')}
        required
        value={use.country}
        data={[{ value: '', label: t('record.choose') }, ...countriesByName(format.country, i18n.language)]}
        onChange={({ currentTarget }) => set({ country: currentTarget.value })}
      />
      <Stack gap="xs">
        <Flag label={t('access.commercial')} is={use.commercial} onChange={(commercial) => set({ commercial })} />
        <Flag
          label={t('access.not-for-profit')}
          is={use.notForProfit}
          onChange={(isNotForProfit) => set({ notForProfit: isNotForProfit })}
        />
        <Flag label={t('access.promise.publishes')} is={use.publishes} onChange={(publishes) => set({ publishes })} />
        <Flag
          label={t('access.promise.returnsResults')}
          is={use.returnsResults}
          onChange={(returnsResults) => set({ returnsResults })}
        />
        <Flag
          label={t('access.promise.collaborates')}
          is={use.collaborates}
          onChange={(collaborates) => set({ collaborates })}
        />
      </Stack>
    </Section>
  );
}

function Flag({
  label,
  is,
  onChange,
}: {
  readonly label: string;
  readonly is: boolean;
  readonly onChange: (is: boolean) => void;
}) {
  return <Checkbox label={label} checked={is} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />;
}

function Terms({ form, onChange }: PartProps) {
  const { t } = useTranslation();
  const { ethics, people } = form;
  const setPerson = (index: number, part: Partial<AccessForm['people'][number]>) =>
    onChange({ people: people.map((person, at) => (at === index ? { ...person, ...part } : person)) });
  return (
    <Section title={t('new-access.step-terms')}>
      <TextInput
        label={t('access.controller')}
        description={t('access.controller-hint')}
        maxLength={200}
        value={form.controller}
        onChange={({ currentTarget }) => onChange({ controller: currentTarget.value })}
      />
      {people.map((person, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: people have nothing else that tells them apart while they are written
        <Group key={index} gap="sm" align="flex-end">
          <TextInput
            label={t('new-access.person', { number: index + 1 })}
            required
            maxLength={200}
            value={person.name}
            onChange={({ currentTarget }) => setPerson(index, { name: currentTarget.value })}
          />
          <TextInput
            label={t('new-access.affiliation', { number: index + 1 })}
            required
            maxLength={200}
            value={person.affiliation}
            onChange={({ currentTarget }) => setPerson(index, { affiliation: currentTarget.value })}
          />
          <Button
            variant="default"
            aria-label={t('new-access.remove-person', { number: index + 1 })}
            onClick={() => onChange({ people: people.filter((_, at) => at !== index) })}
          >
            ×
          </Button>
        </Group>
      ))}
      <div>
        <Button
          variant="default"
          disabled={people.length >= 50}
          onClick={() => onChange({ people: [...people, { name: '', affiliation: '' }] })}
        >
          {t('new-access.add-person')}
        </Button>
      </div>
      <Textarea
        label={t('access.outputs')}
        autosize
        maxLength={2000}
        value={form.outputs}
        onChange={({ currentTarget }) => onChange({ outputs: currentTarget.value })}
      />
      <Textarea
        label={t('access.safeguards')}
        autosize
        maxLength={2000}
        value={form.safeguards}
        onChange={({ currentTarget }) => onChange({ safeguards: currentTarget.value })}
      />
      <Group gap="sm" align="flex-end">
        <NumberInput
          label={t('new-access.days')}
          value={form.days}
          min={1}
          max={3650}
          required
          allowDecimal={false}
          onChange={(value) => typeof value === 'number' && onChange({ days: value })}
        />
        <NumberInput
          label={t('new-access.retention')}
          value={form.retentionDays}
          min={0}
          max={36_500}
          allowDecimal={false}
          onChange={(value) => typeof value === 'number' && onChange({ retentionDays: value })}
        />
        <NumberInput
          label={t('new-access.epsilon')}
          value={form.epsilon ?? ''}
          min={0.001}
          max={1000}
          onChange={(value) => onChange({ epsilon: typeof value === 'number' ? value : null })}
        />
      </Group>
      <Flag
        label={t('new-access.ethics')}
        is={ethics !== null}
        onChange={(is) => onChange({ ethics: is ? { reference: '', body: '' } : null })}
      />
      {ethics === null ? null : (
        <Group gap="sm">
          <TextInput
            label={t('new-access.ethics-reference')}
            required
            maxLength={200}
            value={ethics.reference}
            onChange={({ currentTarget }) => onChange({ ethics: { ...ethics, reference: currentTarget.value } })}
          />
          <TextInput
            label={t('new-access.ethics-body')}
            required
            maxLength={200}
            value={ethics.body}
            onChange={({ currentTarget }) => onChange({ ethics: { ...ethics, body: currentTarget.value } })}
          />
        </Group>
      )}
    </Section>
  );
}
