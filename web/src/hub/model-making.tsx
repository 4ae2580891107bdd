import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ModelReport } from '#wire';
import { modelReportQuery } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Digest } from '../parts/digest.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

/** How a model was made: what it goes on from, on which data, by which code, and whether it was made again alike. */
export function ModelMaking({ modelId }: { readonly modelId: string }) {
  const { t } = useTranslation();
  const signedIn = useSession().person !== null;
  const report = useQuery({ ...modelReportQuery(modelId), enabled: signedIn });
  if (!signedIn) return null;
  return (
    <Section
      title={t('making.title')}
      lead={t('making.lead')}
      aside={
        <Button
          component="a"
          variant="default"
          size="sm"
          href={`/api/models/${encodeURIComponent(modelId)}/report`}
          download={`${modelId}.json`}
        >
          {t('making.save')}
        </Button>
      }
    >
      <Loaded query={report}>{(made) => <Making report={made} />}</Loaded>
    </Section>
  );
}

function Making({ report: { model, parents, reruns, job, sites, hub } }: { readonly report: ModelReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const digests = (all: readonly string[]) =>
    all.length === 0 ? '–' : all.map((sha256) => <Digest key={sha256} sha256={sha256} />);
  return (
    <>
      <Facts
        facts={[
          [
            t('making.parents'),
            parents.length === 0
              ? t('making.fresh')
              : parents.map(({ modelId }) => (
                  <TextLink key={modelId} to="/models/$modelId" params={{ modelId }} style={{ display: 'block' }}>
                    {modelId}
                  </TextLink>
                )),
          ],
          [t('making.seed'), format.count(job.spec.seed)],
          [t('making.took'), format.seconds(job.seconds)],
          [t('making.bytes'), format.bytes(job.bytes)],
          [t('making.hub'), `${hub.software}, ${hub.environment}`],
          [t('making.hub-code'), <Digest key="code" sha256={hub.codeSha256} />],
        ]}
      />
      <DataTable
        caption={t('making.sites')}
        rows={sites}
        keyOf={({ siteId }) => siteId}
        columns={[
          { head: t('job.site'), cell: ({ siteId }) => siteId },
          { head: t('making.version'), numeric: true, cell: ({ published }) => published?.version ?? '–' },
          { head: t('making.data'), cell: ({ dataSha256 }) => digests(dataSha256) },
          { head: t('making.cohort'), cell: ({ cohortSha256 }) => digests(cohortSha256) },
          { head: t('making.code'), cell: ({ codeSha256 }) => digests(codeSha256) },
          { head: t('making.ran-on'), cell: ({ environments }) => environments.join('; ') || '–' },
          { head: t('making.films'), numeric: true, cell: ({ films }) => (films === null ? '–' : format.count(films)) },
          { head: t('making.bytes'), numeric: true, cell: ({ bytes }) => format.bytes(bytes) },
        ]}
      />
      {reruns.length === 0 ? (
        <p className="prose quiet">{t('making.no-rerun')}</p>
      ) : (
        <DataTable
          caption={t('making.reruns')}
          rows={reruns}
          keyOf={({ modelId }) => modelId}
          columns={[
            {
              head: t('making.model'),
              cell: ({ modelId }) => (
                <TextLink to="/models/$modelId" params={{ modelId }}>
                  {modelId}
                </TextLink>
              ),
            },
            { head: t('models.made'), oneLine: true, cell: ({ createdAtMs }) => format.moment(createdAtMs) },
            {
              head: t('making.same'),
              cell: ({ isIdentical }) => (
                <StateBadge
                  tone={isIdentical ? 'good' : 'warn'}
                  label={isIdentical ? t('making.identical') : t('making.different')}
                />
              ),
            },
          ]}
        />
      )}
      <p className="prose quiet">{t('making.command')}</p>
      <pre className="command">{`unica learn report ${model.modelId} --hub ${window.location.origin} --token-file token.txt`}</pre>
    </>
  );
}
