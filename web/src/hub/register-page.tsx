import { Anchor, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { PublicRegister } from '#wire';
import { registerQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

const OUTCOME_TONES = { granted: 'good', refused: 'bad', open: 'warn' } as const;
const PERMIT_TONES = { valid: 'good', expired: 'quiet', revoked: 'bad' } as const;

/** What everybody may know: who allowed what for which purpose, what came of it, and why requests were refused. */
export function RegisterPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead
        title={t('register.title')}
        lead={t('register.lead')}
        aside={
          <Anchor href="/api/register.csv" download>
            {t('register.csv')}
          </Anchor>
        }
      />
      <Loaded query={useQuery(registerQuery)}>
        {(register) => (
          <>
            <Totals register={register} />
            <Projects projects={register.projects} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Totals({ register }: { readonly register: PublicRegister }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { asked, granted, refused, refusals, fees } = register;
  return (
    <Section title={t('register.totals')}>
      <Facts
        facts={[
          [t('register.asked'), format.number(asked)],
          [t('register.granted'), format.number(granted)],
          [t('register.refused'), format.number(refused)],
          [t('register.free'), format.number(fees.without)],
        ]}
      />
      {fees.accepted.length === 0 ? null : (
        <DataTable
          caption={t('register.fees')}
          rows={fees.accepted}
          keyOf={({ currency }) => currency}
          columns={[
            { head: t('fee.currency'), cell: ({ currency }) => currency },
            { head: t('register.count'), numeric: true, cell: ({ count }) => format.number(count) },
            { head: t('register.reduced'), numeric: true, cell: ({ reduced }) => format.number(reduced) },
            { head: t('fee.amount'), numeric: true, cell: ({ cents, currency }) => format.money(cents, currency) },
          ]}
        />
      )}
      {refusals.length === 0 ? null : (
        <DataTable
          caption={t('register.refusals')}
          rows={refusals}
          keyOf={({ reason }) => reason}
          columns={[
            { head: t('room.refusal'), cell: ({ reason }) => t(`refusal.${reason}`) },
            { head: t('register.count'), numeric: true, cell: ({ count }) => format.number(count) },
          ]}
        />
      )}
    </Section>
  );
}

function Projects({ projects }: { readonly projects: PublicRegister['projects'] }) {
  const { t } = useTranslation();
  return (
    <Section title={t('register.projects')}>
      {projects.length === 0 ? (
        <EmptyState title={t('register.empty')} hint={t('register.empty-hint')} />
      ) : (
        <Stack gap="md">
          {projects.map((project) => (
            <Project key={project.requestId} project={project} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

function Project({ project }: { readonly project: PublicRegister['projects'][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { holders, results, research, commercial } = project;
  const permits = holders.flatMap(({ siteId, permits }) => permits.map((permit) => ({ siteId, ...permit })));
  return (
    <article className="filter-row">
      <Stack gap="sm">
        <Title order={3}>{project.title}</Title>
        <p className="prose written">{project.purpose}</p>
        <Facts
          facts={[
            [t('access.kind'), t(`access.kind.${project.kind}`)],
            [t('access.research'), research === null ? t('access.unstated') : t(`access.research.${research}`)],
            ...(commercial === null
              ? []
              : ([[t('access.commercial'), t(commercial ? 'access.yes' : 'access.no')]] as const)),
            [t('access.operations'), format.list(project.operations.map((name) => t(`operation.${name}`)))],
            [t('register.since'), format.day(project.askedAtMs)],
          ]}
        />
        <ul className="plain-list" aria-label={t('access.holders')}>
          {holders.map(({ siteId, datasets, outcome }) => (
            <li key={siteId}>
              {siteId} ({datasets.join(', ')}){' '}
              <StateBadge tone={OUTCOME_TONES[outcome]} label={t(`register.outcome.${outcome}`)} />
            </li>
          ))}
        </ul>
        {permits.length === 0 ? null : (
          <DataTable
            caption={`${t('permits.title')}: ${project.title} (${project.requestId})`}
            rows={permits}
            keyOf={({ permitId }) => permitId}
            columns={[
              { head: t('permits.permit'), cell: ({ permitId }) => <span className="digest">{permitId}</span> },
              { head: t('permits.dataset'), cell: ({ siteId, dataset }) => `${siteId}/${dataset}` },
              {
                head: t('permits.state'),
                cell: ({ state }) => <StateBadge tone={PERMIT_TONES[state]} label={t(`permits.state.${state}`)} />,
              },
              { head: t('permits.expires'), oneLine: true, cell: ({ endsAtMs }) => format.day(endsAtMs) },
            ]}
          />
        )}
        {results.length === 0 ? null : (
          <ul className="plain-list" aria-label={t('register.results')}>
            {results.map(({ modelId, title, atMs }) => (
              <li key={modelId}>
                <TextLink to="/models/$modelId" params={{ modelId }}>
                  {t('register.model', { title, date: format.day(atMs) })}
                </TextLink>
              </li>
            ))}
          </ul>
        )}
      </Stack>
    </article>
  );
}
