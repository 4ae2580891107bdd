import { Button, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentPurpose } from '#wire';
import { consentTextQuery } from '../api/queries.ts';
import { useWrite } from '../api/use-write.ts';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { PurposeChoice } from './purpose-choice.tsx';

/** A consent that was given on paper is entered; it is in effect once the protection officer has confirmed it. */
export function PaperForm() {
  const { t, i18n } = useTranslation();
  const text = useQuery(consentTextQuery(i18n.language));
  const [patientId, setPatientId] = useState('');
  const [purposes, setPurposes] = useState<readonly ConsentPurpose[]>([]);
  const [givenBy, setGivenBy] = useState('self');
  const [until, setUntil] = useState('');
  // Nothing of one person's form is left in the next.
  const enter = useWrite(['paper-consents', 'protection'], () => {
    setPatientId('');
    setPurposes([]);
    setGivenBy('self');
    setUntil('');
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.data === undefined) return;
    const textVersion = text.data.version;
    const body = { patientId, purposes, givenBy, until: givenBy === 'self' ? null : until, textVersion };
    enter.mutate({ path: '/api/paper-consents', body: { ...body, language: i18n.language } });
  };
  return (
    <form onSubmit={submit} autoComplete="off" style={{ marginTop: '1rem' }}>
      <Stack gap="sm" maw={560}>
        <TextInput
          label={t('opt-outs.patient-id')}
          required
          maxLength={64}
          value={patientId}
          onChange={({ currentTarget }) => setPatientId(currentTarget.value)}
        />
        <NativeSelect
          label={t('paper.by')}
          value={givenBy}
          data={(['self', 'parent', 'guardian'] as const).map((one) => ({
            value: one,
            label: t(`paper.by.${one}`),
          }))}
          onChange={({ currentTarget }) => setGivenBy(currentTarget.value)}
        />
        {givenBy === 'self' ? null : (
          <TextInput
            type="date"
            label={t('paper.until')}
            description={t('paper.until-hint')}
            required
            value={until}
            onChange={({ currentTarget }) => setUntil(currentTarget.value)}
          />
        )}
        <PurposeChoice label={t('my.purposes')} chosen={purposes} onChoose={setPurposes} />
        <Button
          type="submit"
          loading={enter.isPending}
          disabled={purposes.length === 0 || text.data === undefined}
          style={{ alignSelf: 'flex-start' }}
        >
          {t('paper.enter-do')}
        </Button>
        {enter.isSuccess ? <Notice tone="good" role="status" title={t('paper.entered')} /> : null}
        {enter.error === null ? null : <ProblemNotice error={enter.error} />}
      </Stack>
    </form>
  );
}
