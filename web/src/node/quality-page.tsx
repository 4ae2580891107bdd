import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { DataQuality } from '#wire';
import { qualityQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge, type Tone } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { NODE_READERS } from './node-readers.ts';

type Check = DataQuality['checks'][number];

/** How good the data are in the five dimensions of Cancer Image Europe, and what would make them better. */
export function QualityPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('quality.title')} lead={t('quality.lead')} />
      <Loaded query={useQuery(qualityQuery)} roles={NODE_READERS.quality}>
        {(quality) =>
          quality.images === 0 ? (
            <EmptyState title={t('quality.empty')} hint={t('quality.empty-hint')} />
          ) : (
            <Quality quality={quality} />
          )
        }
      </Loaded>
    </>
  );
}

function Quality({ quality }: { readonly quality: DataQuality }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Section title={t('quality.dimensions')} lead={t('quality.dimensions-lead')}>
        <Figures
          figures={[
            { label: t('quality.score'), value: format.decimal(quality.score, 1) },
            { label: t('quality.images'), value: format.count(quality.images) },
            { label: t('quality.findings'), value: format.count(quality.findings) },
          ]}
        />
        <Dimensions quality={quality} />
        {quality.unrecorded === 0 ? null : (
          <Notice tone="info" title={t('quality.unrecorded', { count: quality.unrecorded })} />
        )}
      </Section>
      <Section title={t('quality.found')} lead={t('quality.found-lead')}>
        {quality.checks.length === 0 ? (
          <EmptyState title={t('quality.nothing')} hint={t('quality.nothing-hint')} />
        ) : (
          <DataTable
            caption={t('quality.table')}
            rows={quality.checks}
            keyOf={({ check }) => check}
            columns={[
              { head: t('quality.what'), cell: ({ message }) => <Told>{message}</Told> },
              { head: t('quality.severity'), cell: (check) => <Severity check={check} /> },
              { head: t('quality.mend'), cell: ({ mend }) => <Told>{mend}</Told> },
              { head: t('quality.images'), numeric: true, cell: ({ images }) => format.count(images) },
              { head: t('quality.examples'), cell: (check) => <Examples check={check} /> },
            ]}
          />
        )}
      </Section>
    </>
  );
}

/** A bar of its own for each, from 0 to 100. */
function Dimensions({ quality }: { readonly quality: DataQuality }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul className="bars" aria-label={t('quality.dimensions')}>
      {quality.dimensions.map(({ dimension, score }) => (
        <li key={dimension}>
          <span>{t(`quality.dimension.${dimension}`)}</span>
          <span className="bar-track" aria-hidden="true">
            <div className="bar-fill" style={{ width: `${score}%` }} />
          </span>
          <span>{format.decimal(score, 1)}</span>
        </li>
      ))}
    </ul>
  );
}

const TONES = { error: 'bad', warning: 'warn', info: 'info' } as const satisfies Record<Check['severity'], Tone>;

function Severity({ check: { severity } }: { readonly check: Check }) {
  const { t } = useTranslation();
  return <StateBadge tone={TONES[severity]} label={t(`quality.severity.${severity}`)} />;
}

/** Examinations by the ends of their pseudonymous numbers; whole ones to be copied in the title. */
function Examples({ check: { studies } }: { readonly check: Check }) {
  return (
    <ul className="plain">
      {studies.slice(0, 3).map((study) => (
        <li key={study} className="digest" title={study}>
          …{study.slice(-8)}
        </li>
      ))}
    </ul>
  );
}
