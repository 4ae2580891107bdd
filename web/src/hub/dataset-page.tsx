import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatasetRecord } from '#wire';
import { datasetFairQuery, datasetLabelQuery, datasetsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { DatasetFacts } from '../parts/dataset-facts.tsx';
import { CopyText } from '../parts/digest.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { FairPanel } from '../parts/fair-panel.tsx';
import { LabelPanel } from '../parts/label-panel.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink, TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';

/** One published dataset. */
export function DatasetPage() {
  const { t } = useTranslation();
  const { siteId, name } = useParams({ from: '/datasets/$siteId/$name' });
  return (
    <Loaded query={useQuery(datasetsQuery)}>
      {({ datasets }) => {
        const dataset = datasets.find((entry) => entry.siteId === siteId && entry.name === name);
        return dataset === undefined ? (
          <>
            <PageHead title={name} />
            <div className="surface">
              <EmptyState
                title={t('dataset.gone')}
                hint={t('dataset.gone-hint')}
                action={<TextLink to="/datasets">{t('dataset.back')}</TextLink>}
              />
            </div>
          </>
        ) : (
          <Dataset dataset={dataset} />
        );
      }}
    </Loaded>
  );
}

function Dataset({ dataset }: { readonly dataset: DatasetRecord }) {
  const { t } = useTranslation();
  const session = useSession();
  const { siteId, name } = dataset;
  const fair = useQuery(datasetFairQuery(siteId, name));
  const label = useQuery(datasetLabelQuery(siteId, name));
  useSignposts(siteId, name);
  return (
    <>
      <PageHead
        title={dataset.title}
        lead={dataset.description}
        aside={
          holdsOneOf(session, ['researcher']) ? <ButtonLink to="/access/new">{t('dataset.ask')}</ButtonLink> : null
        }
      />
      <DatasetFacts dataset={dataset} />
      {label.data === undefined ? null : <LabelPanel label={label.data} quality={dataset.quality} />}
      {fair.data === undefined ? null : <FairPanel fair={fair.data} />}
      <Forms siteId={siteId} name={name} />
    </>
  );
}

/** The record in its other forms, and the address to cite. */
function Forms({ siteId, name }: { readonly siteId: string; readonly name: string }) {
  const { t } = useTranslation();
  const at = addressesOf(siteId, name);
  return (
    <Section title={t('dataset.forms')} lead={t('dataset.forms-lead')}>
      <Group gap="xs">
        <span className="quiet">{t('dataset.cite')}</span>
        <span className="digest" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
          {at.dataset}
        </span>
        <CopyText text={at.dataset} />
      </Group>
      <ul className="links">
        <li>
          <a href={`${at.dataset}?format=ttl`}>{t('dataset.form.turtle')}</a>
        </li>
        <li>
          <a href={`${at.dataset}?format=jsonld`}>{t('dataset.form.jsonld')}</a>
        </li>
        <li>
          <a href={at.page}>{t('dataset.form.page')}</a>
        </li>
        <li>
          <a href={at.analytics}>{t('dataset.form.statistics')}</a>
        </li>
        <li>
          <a href={at.sample}>{t('dataset.form.variables')}</a>
        </li>
      </ul>
    </Section>
  );
}

function addressesOf(siteId: string, name: string) {
  const of = (kind: string) => `${window.location.origin}/fdp/${kind}/${siteId}/${name}`;
  return {
    dataset: of('dataset'),
    page: of('page'),
    analytics: `${of('distribution')}/analytics`,
    sample: `${of('distribution')}/sample`,
  };
}

/** Tells machines that read this page where to cite and where the record is (signposting.org). */
function useSignposts(siteId: string, name: string): void {
  useEffect(() => {
    const at = addressesOf(siteId, name);
    const links = [
      { rel: 'cite-as', href: at.dataset },
      { rel: 'describedby', href: `${at.dataset}?format=ttl`, type: 'text/turtle' },
      { rel: 'describedby', href: `${at.dataset}?format=jsonld`, type: 'application/ld+json' },
    ].map((attributes) => {
      const link = document.createElement('link');
      for (const [attribute, value] of Object.entries(attributes)) link.setAttribute(attribute, value);
      document.head.append(link);
      return link;
    });
    return () => {
      for (const link of links) link.remove();
    };
  }, [siteId, name]);
}
