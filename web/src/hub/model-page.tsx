import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ModelEvidence, ModelView } from '#wire';
import { modelQuery } from '../api/queries.ts';
import { IntervalChart, type Measured } from '../charts/interval-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Digest } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { ModelDossier } from './model-dossier.tsx';
import { ModelHistory, ModelStateBadge } from './model-history.tsx';
import { ModelMaking } from './model-making.tsx';
import { ModelReasons } from './model-reasons.tsx';
import { ResearchOnly } from './research-only.tsx';

/** One model: how good, compared to what, why, and bound to which run. */
export function ModelPage() {
  const { modelId } = useParams({ from: '/models/$modelId' });
  return <Loaded query={useQuery(modelQuery(modelId))}>{(model) => <Model model={model} />}</Loaded>;
}

function Model({ model }: { readonly model: ModelView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { evidence } = model;
  return (
    <>
      <PageHead
        title={model.title}
        lead={t('model.lead', { count: model.sites.length, rounds: format.count(model.rounds) })}
        aside={<ModelStateBadge state={model.state} />}
      />
      <ResearchOnly />
      {evidence === null ? (
        <div className="surface">
          <EmptyState title={t('model.no-evidence')} hint={t('model.no-evidence-hint')} />
        </div>
      ) : (
        <>
          <Evidence evidence={evidence} />
          {evidence.explanations.length === 0 ? null : (
            <ModelReasons modelId={model.modelId} explanations={evidence.explanations} />
          )}
        </>
      )}
      <Section title={t('model.facts')} lead={t('model.facts-lead')}>
        <Facts
          facts={[
            [t('models.task'), model.task],
            [t('model.version'), format.count(model.version)],
            [t('models.sites'), format.list(model.sites)],
            [t('model.rounds'), format.count(model.rounds)],
            [t('model.parameters'), format.count(model.parameters)],
            [t('models.made'), format.moment(model.createdAtMs)],
            [
              t('model.job'),
              <TextLink key="job" to="/jobs/$jobId" params={{ jobId: model.jobId }}>
                {model.jobId}
              </TextLink>,
            ],
            [t('model.weights-digest'), <Digest key="weights" sha256={model.weightsSha256} />],
            [t('model.spec-digest'), <Digest key="spec" sha256={model.specSha256} />],
          ]}
        />
      </Section>
      <ModelDossier modelId={model.modelId} />
      <ModelMaking modelId={model.modelId} />
      <ModelHistory model={model} />
    </>
  );
}

function Evidence({ evidence }: { readonly evidence: ModelEvidence }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { federated, localOnly, pooled } = evidence;
  const three = (value: number) => format.decimal(value, 3);
  const rows: readonly (Measured & { readonly samples: number | null })[] = [
    {
      label: t('model.federated'),
      value: federated.auc,
      low: federated.aucLow,
      high: federated.aucHigh,
      samples: null,
    },
    ...(pooled === null ? [] : [{ label: t('model.pooled'), value: pooled.auc, soft: true, samples: pooled.samples }]),
    ...localOnly.map(({ siteId, auc, samples }) => ({
      label: t('model.local', { site: siteId }),
      value: auc,
      soft: true,
      samples,
    })),
  ];
  return (
    <>
      <Figures
        figures={[
          { label: t('model.auc'), value: three(federated.auc) },
          {
            label: t('model.interval'),
            value: `${three(federated.aucLow)}–${three(federated.aucHigh)}`,
            inWords: true,
          },
          { label: t('model.accuracy'), value: format.percent(federated.accuracy) },
          { label: t('model.ece'), value: three(federated.ece) },
          { label: t('model.test-samples'), value: format.count(evidence.testSamples) },
        ]}
      />
      <Section title={t('model.comparison')} lead={t('model.comparison-lead')}>
        <IntervalChart
          summary={t('model.comparison-summary', {
            federated: three(federated.auc),
            low: three(federated.aucLow),
            high: three(federated.aucHigh),
          })}
          rows={rows}
          format={three}
        />
        <DataTable
          caption={t('model.comparison-table')}
          rows={rows}
          keyOf={({ label }) => label}
          columns={[
            { head: t('model.trained'), cell: ({ label }) => label },
            { head: t('model.auc'), numeric: true, cell: ({ value }) => three(value) },
            {
              head: t('model.interval'),
              numeric: true,
              cell: ({ low, high }) => (low === undefined || high === undefined ? '–' : `${three(low)}–${three(high)}`),
            },
            {
              head: t('model.samples'),
              numeric: true,
              cell: ({ samples }) => (samples === null ? '–' : format.count(samples)),
            },
          ]}
        />
        <Facts
          facts={[
            [
              t('model.setting'),
              <span key="setting" lang="en">
                {evidence.setting}
              </span>,
            ],
            [t('model.circumstances'), evidence.simulated ? t('model.simulated') : t('model.not-simulated')],
          ]}
        />
      </Section>
    </>
  );
}
