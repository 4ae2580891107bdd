import { Button, NativeSelect, NumberInput, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PLAN_PATHWAYS, type Plan, type PlanSheet, type PlanValue, planSheetSchema, SUPPLEMENTAL_EXAMS } from '#wire';
import { planSheetQuery } from '../api/queries.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { SheetButtons } from './sheet-buttons.tsx';
import { useReadDay } from './use-read-day.ts';

/** What happens next: proposed by tables of guidelines, decided by a clinician. */
export function PlanPage() {
  const { t } = useTranslation();
  const { study } = useParams({ from: '/reading/$study/plan' });
  return (
    <>
      <PageHead title={t('plan.title')} lead={t('plan.lead')} aside={<SheetButtons study={study} />} />
      <Notice tone="warn" title={t('reading.research-only')} />
      <Loaded query={useQuery(planSheetQuery(study))} roles={NODE_READERS.reading}>
        {(sheet) => <Sheet key={sheet.studyInstanceUid} sheet={sheet} />}
      </Loaded>
    </>
  );
}

function Sheet({ sheet }: { readonly sheet: PlanSheet }) {
  const { t } = useTranslation();
  const format = useFormat();
  const day = useReadDay();
  const words = usePlanWords();
  const { ownRead, risk, versions } = sheet;
  const client = useQueryClient();
  const confirm = useWriteFor(planSheetSchema, [], (answer) =>
    client.setQueryData(planSheetQuery(sheet.studyInstanceUid).queryKey, answer),
  );
  const read =
    ownRead.task === 'mammography'
      ? [
          ownRead.right === null ? undefined : `${t('reading.right-breast')}: BI-RADS ${ownRead.right}`,
          ownRead.left === null ? undefined : `${t('reading.left-breast')}: BI-RADS ${ownRead.left}`,
          ownRead.density === null ? undefined : `${t('reading.density')}: ${ownRead.density}`,
        ]
          .filter((one) => one !== undefined)
          .join(' · ')
      : `${t('reading.nodule')}: ${t(`reading.nodule.${ownRead.nodule}`)}`;
  return (
    <>
      <Section title={t('plan.facts')}>
        <Facts
          facts={[
            [
              t('reading.person'),
              <span key="person" className="digest">
                {sheet.person}
              </span>,
            ],
            [t('reading.day'), day(sheet.date)],
            [t('plan.age'), sheet.ageYears === null ? t('plan.unknown') : format.count(sheet.ageYears)],
            [t('reading.own-read'), read],
            [
              t('plan.risk'),
              risk === null
                ? t('plan.no-risk')
                : `${t('opinion.risk', { count: risk.years })}: ${format.decimal(100 * risk.estimate.value, 1)} % (${risk.model} ${risk.version})`,
            ],
          ]}
        />
      </Section>
      <Section title={t('plan.proposed')} lead={t('plan.proposed-lead')}>
        {sheet.proposed.length === 0 ? <p>{t('plan.nothing-proposed')}</p> : null}
        <ul className="plan-proposed">
          {sheet.proposed.map(({ table, value, source }) => (
            <li key={`${table}-${JSON.stringify(value)}`}>
              <b>{words.value(value)}</b>
              <span className="quiet" lang="en">
                {source.url === null ? source.title : <a href={source.url}>{source.title}</a>} ({source.year}).{' '}
                {source.place}.
              </span>
            </li>
          ))}
        </ul>
        {sheet.siteTableMissing ? (
          <Notice tone="info" title={t('plan.site-table-missing')}>
            <p>{t('plan.site-table-missing-hint')}</p>
          </Notice>
        ) : null}
      </Section>
      <Decision
        // Begun anew where something else was decided or is proposed meanwhile: by an opinion that has been given since, for one.
        key={JSON.stringify([versions[0]?.version, sheet.suggestion])}
        sheet={sheet}
        isPending={confirm.isPending}
        onConfirm={(plan) =>
          confirm.mutate({
            path: `/api/reading/studies/${encodeURIComponent(sheet.studyInstanceUid)}/plan`,
            body: plan,
          })
        }
      />
      {confirm.error === null ? null : <ProblemNotice error={confirm.error} />}
      {confirm.isSuccess ? (
        <p role="status" className="not-printed">
          {t('plan.confirmed')}
        </p>
      ) : null}
      {versions.length === 0 ? null : (
        <Section title={t('plan.versions')}>
          <ol className="plan-versions" reversed>
            {versions.map((one) => (
              <li key={one.version} value={one.version}>
                <b>{words.plan(one.plan)}</b>
                <span className="quiet">
                  {format.moment(one.atMs)} · {t(one.asProposed ? 'plan.as-proposed' : 'plan.changed')} ·{' '}
                  <span className="digest">{one.by}</span>
                </span>
              </li>
            ))}
          </ol>
        </Section>
      )}
    </>
  );
}

interface DecisionProps {
  readonly sheet: PlanSheet;
  readonly isPending: boolean;
  readonly onConfirm: (plan: Plan) => void;
}

function Decision({ sheet, isPending, onConfirm }: DecisionProps) {
  const { t } = useTranslation();
  const [plan, setPlan] = useState<Plan>(sheet.versions[0]?.plan ?? sheet.suggestion);
  return (
    <div className="not-printed">
      <Section title={t('plan.decide')} lead={t('plan.decide-lead')}>
        <Stack gap="sm" maw={460}>
          <NativeSelect
            label={t('plan.pathway')}
            value={plan.pathway}
            data={PLAN_PATHWAYS.map((value) => ({ value, label: t(`plan.pathway.${value}`) }))}
            onChange={({ currentTarget }) =>
              setPlan({ ...plan, pathway: PLAN_PATHWAYS.find((one) => one === currentTarget.value) ?? plan.pathway })
            }
          />
          <NumberInput
            label={t('plan.interval')}
            description={t('plan.interval-hint')}
            min={1}
            max={120}
            allowDecimal={false}
            value={plan.intervalMonths ?? ''}
            onChange={(value) => setPlan({ ...plan, intervalMonths: typeof value === 'number' ? value : null })}
          />
          <NativeSelect
            label={t('plan.supplemental')}
            value={plan.supplemental}
            data={SUPPLEMENTAL_EXAMS.map((value) => ({ value, label: t(`plan.exam.${value}`) }))}
            onChange={({ currentTarget }) =>
              setPlan({
                ...plan,
                supplemental: SUPPLEMENTAL_EXAMS.find((one) => one === currentTarget.value) ?? plan.supplemental,
              })
            }
          />
          <Button loading={isPending} style={{ alignSelf: 'flex-start' }} onClick={() => onConfirm(plan)}>
            {t('plan.confirm')}
          </Button>
        </Stack>
      </Section>
    </div>
  );
}

function usePlanWords() {
  const { t } = useTranslation();
  const months = (count: number) => t('plan.in-months', { count });
  return {
    value(value: PlanValue): string {
      switch (value.part) {
        case 'interval':
          return `${t('plan.interval')}: ${months(value.months)}`;
        case 'supplemental':
          return `${t('plan.supplemental')}: ${t(`plan.exam.${value.exam}`)}${
            value.everyMonths === null
              ? ''
              : `, ${t('plan.every-months', { from: value.everyMonths.from, to: value.everyMonths.to })}`
          }`;
        case 'pathway':
          return t(`plan.pathway.${value.pathway}`);
      }
    },
    plan(plan: Plan): string {
      return [
        t(`plan.pathway.${plan.pathway}`),
        plan.intervalMonths === null ? undefined : `${t('plan.interval')}: ${months(plan.intervalMonths)}`,
        plan.supplemental === 'none' ? undefined : t(`plan.exam.${plan.supplemental}`),
      ]
        .filter((one) => one !== undefined)
        .join(' · ');
    },
  };
}
