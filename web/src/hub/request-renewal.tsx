import { Button, NumberInput, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessRequest } from '#wire';
import { useWrite } from '../api/use-write.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { formOf } from './request-form.tsx';

/** Asking for longer; what was granted before holds until the holders have decided. */
export function Renewal({ request }: { readonly request: AccessRequest }) {
  const { t } = useTranslation();
  const [days, setDays] = useState(request.days);
  const [because, setBecause] = useState('');
  const renew = useWrite(['access-requests', 'permits'], () => setBecause(''));
  if (!request.isOwn || request.state !== 'granted') return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    renew.mutate({
      path: `/api/access-requests/${encodeURIComponent(request.requestId)}/amendment`,
      body: { form: { ...formOf(request), days }, because },
    });
  };
  return (
    <Section title={t('access.renew')} lead={t('access.renew-lead')}>
      <form onSubmit={submit}>
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
        <Textarea
          label={t('access.because')}
          required
          maxLength={1000}
          value={because}
          onChange={({ currentTarget }) => setBecause(currentTarget.value)}
        />
        <Button type="submit" variant="default" mt="sm" loading={renew.isPending}>
          {t('access.renew')}
        </Button>
        {renew.error === null ? null : <ProblemNotice error={renew.error} />}
      </form>
    </Section>
  );
}
