import { Button, Checkbox, NumberInput, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DatasetRecord, OFFERED_OPERATIONS } from '#wire';
import { datasetsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';

/** Asking the committee for access. */
export function NewAccessPage() {
  const { t } = useTranslation();
  const allowed = holdsOneOf(useSession(), ['researcher']);
  const datasets = useQuery({ ...datasetsQuery, enabled: allowed });
  return (
    <>
      <PageHead title={t('new-access.title')} lead={t('new-access.lead')} />
      {allowed ? (
        <Loaded query={datasets}>{({ datasets }) => <RequestForm datasets={datasets} />}</Loaded>
      ) : (
        <EntryNotice roles={['researcher']} />
      )}
    </>
  );
}

function RequestForm({ datasets }: { readonly datasets: readonly DatasetRecord[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [title, setTitle] = useState('');
  const [purpose, setPurpose] = useState('');
  const [days, setDays] = useState(365);
  const [operations, setOperations] = useState<readonly string[]>(['train', 'evaluate']);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const ask = useWrite(['access-requests'], () => void navigate({ to: '/access' }));

  if (datasets.length === 0) {
    return (
      <div className="surface">
        <EmptyState title={t('datasets.empty')} hint={t('datasets.empty-hint')} />
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = datasets.filter((dataset) => chosen.includes(addressOf(dataset)));
    ask.mutate({
      path: '/api/access-requests',
      body: { title, purpose, operations, days, datasets: wanted.map(({ siteId, name }) => ({ siteId, name })) },
    });
  };
  return (
    <form onSubmit={submit}>
      <Section title={t('new-access.form')}>
        <TextInput
          label={t('new-access.name')}
          required
          maxLength={200}
          value={title}
          onChange={({ currentTarget }) => setTitle(currentTarget.value)}
        />
        <Textarea
          label={t('new-access.purpose')}
          description={t('new-access.purpose-hint')}
          required
          minRows={3}
          autosize
          maxLength={1000}
          value={purpose}
          onChange={({ currentTarget }) => setPurpose(currentTarget.value)}
        />
        <Checkbox.Group label={t('new-access.datasets')} value={[...chosen]} onChange={setChosen}>
          <Stack gap="xs" mt="xs">
            {datasets.map((dataset) => (
              <Checkbox
                key={addressOf(dataset)}
                value={addressOf(dataset)}
                label={`${dataset.title} (${addressOf(dataset)})`}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Checkbox.Group label={t('new-access.operations')} value={[...operations]} onChange={setOperations}>
          <Stack gap="xs" mt="xs">
            {OFFERED_OPERATIONS.map((operation) => (
              <Checkbox key={operation} value={operation} label={t(`operation.${operation}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NumberInput
          label={t('new-access.days')}
          value={days}
          min={1}
          max={3650}
          required
          allowDecimal={false}
          maw={200}
          onChange={(value) => typeof value === 'number' && setDays(value)}
        />
        {ask.error === null ? null : <ProblemNotice error={ask.error} />}
        <div>
          <Button type="submit" loading={ask.isPending} disabled={chosen.length === 0 || operations.length === 0}>
            {t('new-access.submit')}
          </Button>
          {chosen.length === 0 ? (
            <p className="quiet" style={{ margin: '0.5rem 0 0' }}>
              {t('new-access.choose')}
            </p>
          ) : null}
        </div>
      </Section>
    </form>
  );
}

function addressOf({ siteId, name }: DatasetRecord): string {
  return `${siteId}/${name}`;
}
