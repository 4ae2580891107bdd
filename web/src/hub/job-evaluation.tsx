import { useTranslation } from 'react-i18next';
import type { EvaluationFigures, JobView } from '#wire';
import { LineChart } from '../charts/line-chart.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Figures } from '../parts/figures.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { JobContributions } from './job-contributions.tsx';

type Site = NonNullable<JobView['evaluation']>['sites'][number];
type Model = 'common' | 'personal' | 'localOnly';

interface JobEvaluationProps {
  readonly job: JobView;
  readonly evaluation: NonNullable<JobView['evaluation']>;
}

/** Where the curve is drawn: every twentieth of the negatives. */
const STEPS = Array.from({ length: 21 }, (_, step) => step / 20);

/** The curve between its points, which are joined by straight lines; where it rises steeply, its upper end. */
function truePositivesAt(roc: EvaluationFigures['roc'], falsePositives: number): number {
  const after = roc.findIndex(({ falsePositiveRate }) => falsePositiveRate > falsePositives);
  const [before, next] = [roc.at(after - 1), roc[after]];
  if (after <= 0 || before === undefined || next === undefined) return 1;
  const share = (falsePositives - before.falsePositiveRate) / (next.falsePositiveRate - before.falsePositiveRate);
  return before.truePositiveRate + share * (next.truePositiveRate - before.truePositiveRate);
}

/** How the finished model, the sites' own and those of one site alone do at each site. */
export function JobEvaluation({ job: { spec }, evaluation }: JobEvaluationProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { merged, sites } = evaluation;
  const three = (value: number) => format.decimal(value, 3);
  const within = ({ auc, aucWithin }: EvaluationFigures) =>
    auc === null ? '–' : `${three(auc)} ± ${three(aucWithin)}`;
  const isPersonal = spec.strategy.kind === 'ditto' || spec.strategy.kind === 'fedbn';
  const asked: Readonly<Record<Model, boolean>> = {
    common: true,
    personal: isPersonal && spec.rounds > 0,
    localOnly: spec.evaluation?.localOnly === true,
  };
  const cell = (site: Site, model: Model) => {
    if (site.state === 'failed') return '–';
    if (site.state === 'working') return <span className="quiet">{t('evaluation.working')}</span>;
    if (!asked[model]) return <span className="quiet">{t('evaluation.none')}</span>;
    const figures = site[model];
    return figures === null ? <StateBadge tone="quiet" label={t('evaluation.withheld')} /> : within(figures);
  };
  return (
    <Section title={t('evaluation.title')} lead={t('evaluation.lead')}>
      {merged === null ? null : (
        <>
          <Figures
            figures={[
              { label: t('evaluation.auc'), value: within(merged) },
              {
                label: t('evaluation.calibration-error'),
                value: `${three(merged.calibrationError)} ± ${three(merged.calibrationWithin)}`,
              },
              { label: t('evaluation.films'), value: format.count(merged.films) },
            ]}
          />
          {merged.roc.length === 0 ? null : (
            <LineChart
              title={t('evaluation.roc')}
              summary={within(merged)}
              stepName={t('evaluation.false-positive')}
              steps={STEPS}
              series={[
                {
                  name: t('evaluation.true-positive'),
                  values: STEPS.map((step) => truePositivesAt(merged.roc, step)),
                  main: true,
                },
                {
                  name: t('evaluation.chance'),
                  values: STEPS,
                },
              ]}
              format={three}
              range={[0, 1]}
            />
          )}
          <DataTable
            caption={t('evaluation.calibration')}
            rows={merged.calibration}
            keyOf={({ predicted }) => predicted}
            columns={[
              { head: t('evaluation.predicted'), cell: ({ predicted }) => format.percent(predicted) },
              { head: t('evaluation.observed'), numeric: true, cell: ({ observed }) => format.percent(observed) },
              { head: t('evaluation.films'), numeric: true, cell: ({ films }) => format.count(films) },
            ]}
          />
        </>
      )}
      <DataTable
        caption={t('evaluation.sites')}
        rows={sites}
        keyOf={({ siteId }) => siteId}
        columns={[
          {
            head: t('job.site'),
            cell: ({ siteId, because }) => (
              <>
                {siteId}
                {because === null ? null : (
                  <div className="quiet">
                    <Told>{because}</Told>
                  </div>
                )}
              </>
            ),
          },
          { head: t('evaluation.common'), numeric: true, cell: (site) => cell(site, 'common') },
          { head: t('evaluation.personal'), numeric: true, cell: (site) => cell(site, 'personal') },
          { head: t('evaluation.local-only'), numeric: true, cell: (site) => cell(site, 'localOnly') },
          {
            head: t('evaluation.films'),
            numeric: true,
            cell: ({ common }) => (common === null ? '–' : format.count(common.films)),
          },
        ]}
      />
      {spec.evaluation?.crossSite === true ? null : <p className="prose quiet">{t('evaluation.stays')}</p>}
      {evaluation.comparison === undefined ? null : <JobContributions comparison={evaluation.comparison} />}
    </Section>
  );
}
