import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ReadingQuality } from '#wire';
import { readingQualityQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { ReadingSettingsForm } from './reading-settings-form.tsx';
import { SimilarPermits } from './similar-permits.tsx';

/** How reading with models goes: agreement, why not, and how long reads take. */
export function ReadingQualityPage() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <>
      <PageHead title={t('reading-quality.title')} lead={t('reading-quality.lead')} />
      <Loaded query={useQuery(readingQualityQuery)} roles={NODE_READERS.readingQuality}>
        {(quality) => <Figures quality={quality} />}
      </Loaded>
      {holdsOneOf(session, ['operator']) ? <ReadingSettingsForm /> : null}
      {holdsOneOf(session, NODE_READERS.readingQuality) ? <SimilarPermits /> : null}
    </>
  );
}

function Figures({ quality }: { readonly quality: ReadingQuality }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Section title={t('reading-quality.agreement')}>
        {quality.models.length === 0 ? (
          <EmptyState title={t('reading-quality.none')} hint={t('reading-quality.none-hint')} />
        ) : (
          quality.models.map((model) => (
            <div key={`${model.name}/${model.version}`}>
              <p>
                <b>
                  {model.name} {model.version}
                </b>{' '}
                · {t('reading-quality.judged')}: {format.guarded(model.judged)} ·{' '}
                {model.agreement === null
                  ? t('reading-quality.withheld')
                  : t('reading-quality.agreed', {
                      share: format.percent(model.agreement.share),
                      low: format.percent(model.agreement.low),
                      high: format.percent(model.agreement.high),
                    })}
              </p>
              <DataTable
                caption={t('reading-quality.reasons', { model: `${model.name} ${model.version}` })}
                rows={model.reasons}
                keyOf={({ reason }) => reason}
                columns={[
                  { head: t('opinion.why-not'), cell: ({ reason }) => t(`opinion.because.${reason}`) },
                  {
                    head: t('reading-quality.count'),
                    numeric: true,
                    // Not "fewer than 20": one of them may be withheld for the sake of another, and be more.
                    cell: ({ count }) => ('count' in count ? format.count(count.count) : t('reading-quality.withheld')),
                  },
                ]}
              />
            </div>
          ))
        )}
      </Section>
      <Section title={t('reading-quality.times')} lead={t('reading-quality.times-lead')}>
        <DataTable
          caption={t('reading-quality.median')}
          rows={quality.times}
          keyOf={({ task }) => task}
          columns={[
            { head: t('reading.kind'), cell: ({ task }) => t(`reading.task.${task}`) },
            { head: t('reading-quality.reads'), numeric: true, cell: ({ reads }) => format.guarded(reads) },
            {
              head: t('reading-quality.median'),
              numeric: true,
              cell: ({ seconds }) =>
                seconds === null
                  ? t('reading-quality.withheld')
                  : `${format.seconds(seconds.median)} (${format.seconds(seconds.quarter)} – ${format.seconds(seconds.threeQuarters)})`,
            },
          ]}
        />
      </Section>
    </>
  );
}
