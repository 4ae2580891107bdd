import { Button, Group, NumberInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type SimilarPermit, similarPermitSchema } from '#wire';
import { similarPermitsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite, useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';

const A_YEAR_DAYS = 365;

/** What allows showing clinicians other people's films beside the one at hand; the protection officer gives it, for a time. */
export function SimilarPermits() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <Section title={t('similar-permits.title')} lead={t('similar-permits.lead')}>
      <Loaded query={useQuery(similarPermitsQuery)}>
        {({ items, refusal }) => (
          <Stack gap="md">
            <Notice
              tone={refusal === null ? 'good' : 'info'}
              title={refusal === null ? t('similar-permits.holds') : t('similar.none')}
            >
              {refusal === null ? null : <p>{t(`similar.why.${refusal}`)}</p>}
            </Notice>
            {items.length === 0 ? null : (
              <Permits items={items} mayWithdraw={holdsOneOf(session, ['protection-officer', 'operator'])} />
            )}
          </Stack>
        )}
      </Loaded>
      {holdsOneOf(session, ['protection-officer']) ? <PermitForm /> : null}
    </Section>
  );
}

function Permits({ items, mayWithdraw }: { readonly items: readonly SimilarPermit[]; readonly mayWithdraw: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const withdraw = useWrite(['similar-permits']);
  const stateOf = ({ untilMs, withdrawnAtMs }: SimilarPermit) =>
    withdrawnAtMs !== null ? 'withdrawn' : untilMs <= Date.now() ? 'expired' : 'in-force';
  return (
    <>
      <DataTable
        caption={t('similar-permits.table')}
        rows={items}
        keyOf={({ permitId }) => permitId}
        columns={[
          { head: t('permits.permit'), cell: ({ permitId }) => <span className="digest">{permitId}</span> },
          { head: t('permits.dataset'), cell: ({ dataset }) => dataset },
          { head: t('similar-permits.ground'), cell: ({ ground }) => ground },
          { head: t('paper.by'), cell: ({ grantedBy }) => <span className="digest">{grantedBy}</span> },
          { head: t('rules.until'), oneLine: true, cell: ({ untilMs }) => format.day(untilMs) },
          { head: t('rules.state'), cell: (permit) => t(`rules.state.${stateOf(permit)}`) },
          ...(mayWithdraw
            ? [
                {
                  head: t('rules.action'),
                  cell: (permit: SimilarPermit) =>
                    stateOf(permit) !== 'in-force' ? null : (
                      <Button
                        size="xs"
                        variant="default"
                        loading={withdraw.isPending}
                        aria-label={t('similar-permits.withdraw-named', { permit: permit.permitId })}
                        onClick={() =>
                          withdraw.mutate({
                            path: `/api/reading/similar-permits/${permit.permitId}/withdrawal`,
                            body: {},
                          })
                        }
                      >
                        {t('rules.withdraw')}
                      </Button>
                    ),
                },
              ]
            : []),
        ]}
      />
      {withdraw.error === null ? null : <ProblemNotice error={withdraw.error} />}
    </>
  );
}

function PermitForm() {
  const { t } = useTranslation();
  const [ground, setGround] = useState('');
  const [days, setDays] = useState<number | string>(A_YEAR_DAYS);
  const grant = useWriteFor(similarPermitSchema, ['similar-permits'], () => setGround(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    grant.mutate({ path: '/api/reading/similar-permits', body: { ground, days: Number(days) } });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group gap="sm" align="end">
          <TextInput
            label={t('similar-permits.ground')}
            description={t('similar-permits.ground-hint')}
            required
            maxLength={300}
            style={{ flexBasis: '26rem' }}
            value={ground}
            onChange={({ currentTarget }) => setGround(currentTarget.value)}
          />
          <NumberInput label={t('rules.days')} required min={1} max={1096} value={days} onChange={setDays} />
        </Group>
        <Button type="submit" variant="default" loading={grant.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('similar-permits.grant')}
        </Button>
      </Stack>
      {grant.error === null ? null : <ProblemNotice error={grant.error} />}
    </form>
  );
}
