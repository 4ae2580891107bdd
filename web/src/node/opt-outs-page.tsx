import { Button, Radio, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { optOutsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { NODE_READERS } from './node-readers.ts';
import { OptOutExceptions } from './opt-out-exceptions.tsx';

/** People who decided that their images are not to be used. */
export function OptOutsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const officer = holdsOneOf(useSession(), ['protection-officer']);
  return (
    <>
      <PageHead title={t('opt-outs.title')} lead={t('opt-outs.lead')} />
      {officer ? <DecisionForm /> : null}
      <Loaded query={useQuery(optOutsQuery)} roles={NODE_READERS.optOuts}>
        {({ items }) => (
          <Section title={t('opt-outs.list')}>
            {items.length === 0 ? (
              <EmptyState title={t('opt-outs.empty')} hint={t('opt-outs.empty-hint')} />
            ) : (
              <DataTable
                caption={t('opt-outs.table')}
                rows={items}
                keyOf={({ person }) => person}
                columns={[
                  { head: t('opt-outs.person'), cell: ({ person }) => <span className="digest">{person}</span> },
                  { head: t('opt-outs.since'), cell: ({ optedOutAtMs }) => format.moment(optedOutAtMs) },
                  {
                    head: t('opt-outs.studies'),
                    numeric: true,
                    cell: ({ studiesLeftOut }) => format.count(studiesLeftOut),
                  },
                ]}
              />
            )}
          </Section>
        )}
      </Loaded>
      <OptOutExceptions enters />
    </>
  );
}

function DecisionForm() {
  const { t } = useTranslation();
  const [patientId, setPatientId] = useState('');
  const [decision, setDecision] = useState('opt-out');
  const record = useWrite(['opt-outs', 'status'], () => setPatientId(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    record.mutate({ path: '/api/opt-outs', body: { patientId, decision } });
  };
  return (
    <Section title={t('opt-outs.form')} lead={t('opt-outs.form-lead')}>
      <form onSubmit={submit} autoComplete="off">
        <Stack gap="sm">
          <TextInput
            label={t('opt-outs.patient-id')}
            description={t('opt-outs.patient-id-hint')}
            required
            maxLength={64}
            maw={420}
            value={patientId}
            onChange={({ currentTarget }) => setPatientId(currentTarget.value)}
          />
          <Radio.Group label={t('opt-outs.decision')} value={decision} onChange={setDecision}>
            <Stack gap="xs" mt="xs">
              <Radio value="opt-out" label={t('opt-outs.opt-out')} />
              <Radio value="withdraw-opt-out" label={t('opt-outs.withdraw')} />
            </Stack>
          </Radio.Group>
          <Button type="submit" loading={record.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('opt-outs.record')}
          </Button>
        </Stack>
      </form>
      {record.isSuccess ? <Notice tone="good" role="status" title={t('opt-outs.recorded')} /> : null}
      {record.error === null ? null : <ProblemNotice error={record.error} />}
    </Section>
  );
}
