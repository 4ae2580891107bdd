import { Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';

type Round = JobView['rounds'][number];

const TONES = { working: 'info', received: 'good', failed: 'bad' } as const;

/** What each site did in each round; the newest round open, older ones folded away. */
export function JobRounds({ job: { rounds, spec } }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const newestFirst = [...rounds].reverse();
  const [newest, ...older] = newestFirst;
  return (
    <Section title={t('rounds.title')} lead={t('rounds.lead')}>
      <p className="prose quiet">
        {t(spec.aggregation?.updates === 'masked' ? 'rounds.contribution-masked' : 'rounds.contribution')}
      </p>
      {newest === undefined ? (
        <EmptyState title={t('rounds.empty')} hint={t('rounds.empty-hint')} />
      ) : (
        <>
          <RoundTable round={newest} />
          {older.length === 0 ? null : (
            <details className="as-table">
              <summary>{t('rounds.older', { count: older.length })}</summary>
              {older.map((round) => (
                <RoundTable key={round.round} round={round} />
              ))}
            </details>
          )}
        </>
      )}
    </Section>
  );
}

/** Sites whose change is so many times longer, or shorter, than the middle one are pointed out; never judged. */
const UNLIKE = 3;

/** The middle length of the changes; undefined where the hub sees none. */
function usualChange({ sites }: Round): number | undefined {
  const lengths = sites.flatMap(({ changeLength }) => changeLength ?? []).sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)];
}

function isUnlike(length: number, usual: number): boolean {
  return length > UNLIKE * usual || length * UNLIKE < usual;
}

function RoundTable({ round }: { readonly round: Round }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isPrivate = round.sites.some(({ metrics }) => metrics?.privacy !== undefined);
  const usual = usualChange(round);
  const name = t('rounds.number', { round: format.count(round.round) });
  return (
    <div style={{ marginTop: '0.5rem' }}>
      <Title order={3} mb="xs">
        {name} <StateBadge tone={round.state === 'open' ? 'info' : 'quiet'} label={t(`rounds.state.${round.state}`)} />
      </Title>
      {round.sum === undefined || round.state === 'closed' ? null : (
        <p className="quiet" role="status" style={{ margin: '0 0 0.3rem' }}>
          {t('rounds.sum', {
            step: t(`rounds.sum-step.${round.sum.step}`),
            answered: format.count(round.sum.answered),
            group: format.count(round.sum.group),
            needed: format.count(round.sum.needed),
          })}
        </p>
      )}
      <DataTable
        caption={t('rounds.table', { round: format.count(round.round) })}
        rows={round.sites}
        keyOf={({ siteId }) => siteId}
        columns={[
          { head: t('rounds.site'), cell: ({ siteId }) => siteId },
          {
            head: t('rounds.state'),
            cell: ({ state, because }) => (
              <>
                <StateBadge tone={TONES[state]} label={t(`rounds.site-state.${state}`)} />
                {because === null ? null : (
                  <div className="quiet">
                    <Told>{because}</Told>
                  </div>
                )}
              </>
            ),
          },
          {
            head: t('rounds.samples'),
            numeric: true,
            cell: ({ metrics }) => (metrics === null ? '–' : format.count(metrics.samples)),
          },
          {
            head: t('rounds.loss'),
            numeric: true,
            cell: ({ metrics }) => (metrics === null ? '–' : format.decimal(metrics.loss, 4)),
          },
          ...(isPrivate
            ? [
                {
                  head: t('rounds.epsilon'),
                  numeric: true,
                  cell: ({ metrics }: Round['sites'][number]) =>
                    metrics?.privacy === undefined ? '–' : format.decimal(metrics.privacy.epsilon, 3),
                },
              ]
            : []),
          ...(usual === undefined
            ? []
            : [
                {
                  head: t('rounds.change'),
                  numeric: true,
                  cell: ({ changeLength }: Round['sites'][number]) => (
                    <>
                      {changeLength === undefined ? '–' : format.decimal(changeLength, 3)}
                      {changeLength !== undefined && isUnlike(changeLength, usual) ? (
                        <div>
                          <StateBadge tone="warn" label={t('rounds.unlike')} />
                        </div>
                      ) : null}
                    </>
                  ),
                },
              ]),
          ...(round.sites.some(({ agreement }) => agreement !== undefined)
            ? [
                {
                  head: t('rounds.agreement'),
                  numeric: true,
                  cell: ({ agreement }: Round['sites'][number]) =>
                    agreement === undefined ? '–' : format.decimal(agreement, 2),
                },
              ]
            : []),
          {
            head: t('rounds.seconds'),
            numeric: true,
            cell: ({ metrics }) => (metrics === null ? '–' : format.seconds(metrics.seconds)),
          },
          {
            head: t('rounds.bytes'),
            numeric: true,
            cell: ({ metrics }) => (metrics === null ? '–' : format.bytes(metrics.bytesOut)),
          },
        ]}
      />
    </div>
  );
}
