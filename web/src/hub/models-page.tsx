import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ModelView } from '#wire';
import { modelsQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { ModelStateBadge } from './model-history.tsx';
import { ResearchOnly } from './research-only.tsx';

/** All registered models. */
export function ModelsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('models.title')} lead={t('models.lead')} />
      <Loaded query={useQuery(modelsQuery)}>
        {(models) =>
          models.length === 0 ? (
            <div className="surface">
              <EmptyState title={t('models.empty')} hint={t('models.empty-hint')} />
            </div>
          ) : (
            <>
              <ResearchOnly />
              <ul className="cards">
                {models.map((model) => (
                  <li key={model.modelId}>
                    <ModelCard model={model} />
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
    </>
  );
}

function ModelCard({ model }: { readonly model: ModelView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { modelId, evidence } = model;
  const federated = evidence?.federated;
  return (
    <article className="surface">
      <Title order={2}>
        <TextLink to="/models/$modelId" params={{ modelId }} inherit>
          {model.title}
        </TextLink>
      </Title>
      <Facts
        facts={[
          [t('model.state'), <ModelStateBadge key="state" state={model.state} />],
          [t('models.task'), model.task],
          [t('model.version'), format.count(model.version)],
          [t('models.sites'), format.list(model.sites)],
          [t('models.made'), format.moment(model.createdAtMs)],
          [
            t('models.auc'),
            federated === undefined
              ? t('models.not-evaluated')
              : t('models.auc-interval', {
                  auc: format.decimal(federated.auc, 3),
                  low: format.decimal(federated.aucLow, 3),
                  high: format.decimal(federated.aucHigh, 3),
                }),
          ],
        ]}
      />
    </article>
  );
}
