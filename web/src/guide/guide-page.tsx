import { Button, Group, Stack, Textarea } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconHourglass, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Finding, SetupStep, SetupView } from '#wire';
import { setupQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { NODE_READERS } from '../node/node-readers.ts';
import { CopyText } from '../parts/digest.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemCode, ToldProblem } from '../parts/problem-notice.tsx';
import { Ring } from '../parts/ring.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { GuidePicture } from './guide-picture.tsx';
import { CHECKS_OF, FINDING_TONES, GATES, STEP_TONES, useMeasured } from './guide-words.ts';
import { StepActions } from './step-actions.tsx';

/** The way from an empty folder to a node of tier 1, 2 and 3: measured whenever it is looked at, so two people see the same. */
export function GuidePage() {
  const { t } = useTranslation();
  const query = useQuery(setupQuery);
  return (
    <>
      <PageHead title={t('guide.title')} lead={t('guide.lead')} />
      <Loaded query={query} roles={NODE_READERS.guide}>
        {(view) => <Guide view={view} isLooking={query.isFetching} onAgain={() => void query.refetch()} />}
      </Loaded>
    </>
  );
}

interface GuideProps {
  readonly view: SetupView;
  readonly isLooking: boolean;
  readonly onAgain: () => void;
}

function Guide({ view, isLooking, onAgain }: GuideProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { steps } = view;
  const done = steps.filter(({ state }) => state === 'done').length;
  const at = steps.findIndex(({ state }) => state === 'blocked' || state === 'open' || state === 'waits');
  return (
    <>
      {view.practice === null ? null : (
        <Notice tone="info" title={t('guide.practice')}>
          <p>{t('guide.practice-lead')}</p>
        </Notice>
      )}
      <Section title={t('guide.about')}>
        <GuidePicture />
        <ul className="prose">
          <li>{t('guide.about-stays')}</li>
          <li>{t('guide.about-out')}</li>
          <li>{t('guide.about-say')}</li>
          <li>{t('guide.about-time')}</li>
        </ul>
      </Section>
      <Section
        title={t('guide.steps')}
        aside={
          <Group gap="sm">
            <span className="quiet">{t('guide.measured', { time: format.clock(view.atMs) })}</span>
            <Button
              variant="default"
              loading={isLooking}
              onClick={onAgain}
              leftSection={<IconRefresh size={16} aria-hidden="true" />}
            >
              {t('guide.again')}
            </Button>
          </Group>
        }
      >
        <Ring
          share={done / steps.length}
          label={t('guide.done', { done: format.count(done), all: format.count(steps.length) })}
        />
        <ol className="guide">
          {steps.map((step, index) => (
            <Step key={step.step} step={step} number={index + 1} isNext={index === at} view={view} />
          ))}
        </ol>
      </Section>
      {view.checkup.forIt === null ? null : <ForIt text={view.checkup.forIt} />}
    </>
  );
}

interface StepProps {
  readonly step: SetupStep;
  readonly number: number;
  readonly isNext: boolean;
  readonly view: SetupView;
}

function Step({ step, number, isNext, view }: StepProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const measured = useMeasured()(step.step, view);
  const { state } = step;
  return (
    <li data-state={state} id={`step-${step.step}`} aria-current={isNext ? 'step' : undefined}>
      {/* Opened anew where it has become the next one; a person may open and close any. */}
      <details key={isNext ? 'next' : 'other'} open={isNext}>
        <summary className="guide-summary">
          <span className="step-mark" aria-hidden="true">
            <Mark state={state} number={number} />
          </span>
          <span className="guide-name">
            <strong>{t(`guide.step.${step.step}`)}</strong>
            {step.turn === null ? null : (
              <span className="quiet">{t('guide.turn', { who: t(`guide.who.${step.turn}`) })}</span>
            )}
          </span>
          <StateBadge tone={STEP_TONES[state]} label={t(`guide.state.${state}`)} />
        </summary>
        <Stack gap="sm" className="guide-body">
          <p className="prose">{t(`guide.why.${step.step}`)}</p>
          {measured.map((words) => (
            <p key={words}>{words}</p>
          ))}
          {step.first.length === 0 ? null : (
            <p>{t('guide.first', { steps: format.list(step.first.map((one) => t(`guide.step.${one}`))) })}</p>
          )}
          {state !== 'blocked' ? null : (
            <Notice tone="bad" title={t('guide.mend', { who: t(`guide.who.${step.turn ?? 'operator'}`) })}>
              <ToldProblem sentence={step.says} mend={step.next} code={step.code} />
            </Notice>
          )}
          <Gate step={step.step} view={view} />
          <StepActions step={step.step} view={view} />
          <Checks step={step.step} view={view} />
        </Stack>
      </details>
    </li>
  );
}

function Mark({ state, number }: { readonly state: SetupStep['state']; readonly number: number }) {
  if (state === 'done') return <IconCheck size={18} />;
  if (state === 'blocked') return <IconAlertCircle size={18} />;
  return state === 'waits' ? <IconHourglass size={18} /> : number;
}

/** What a gate rests on, each with where it stands. */
function Gate({ step, view }: { readonly step: SetupStep['step']; readonly view: SetupView }) {
  const { t } = useTranslation();
  const needs = GATES[step];
  if (needs === undefined) return null;
  return (
    <div>
      <p>{t('guide.gate')}</p>
      <ul className="guide-checks">
        {view.steps
          .filter((one) => needs.includes(one.step))
          .map((one) => (
            <li key={one.step}>
              <StateBadge tone={STEP_TONES[one.state]} label={t(`guide.state.${one.state}`)} />
              <a href={`#step-${one.step}`}>{t(`guide.step.${one.step}`)}</a>
            </li>
          ))}
      </ul>
    </div>
  );
}

/** The checks of the doctor behind a step; what is wrong or worth knowing with its next step and whose it is. */
function Checks({ step, view }: { readonly step: SetupStep['step']; readonly view: SetupView }) {
  const { t } = useTranslation();
  const wanted = CHECKS_OF[step] ?? [];
  const findings = view.checkup.findings.filter(({ check }) => wanted.includes(check));
  if (findings.length === 0) return null;
  const isTelling = findings.some(({ state }) => state === 'bad' || state === 'note');
  return (
    <details className="as-table" open={isTelling}>
      <summary>{t('guide.checks')}</summary>
      <ul className="guide-checks">
        {findings.map((finding, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a check may be told of several systems, in a fixed order.
          <Check key={`${finding.check} ${place}`} finding={finding} />
        ))}
      </ul>
    </details>
  );
}

function Check({ finding }: { readonly finding: Finding }) {
  const { t } = useTranslation();
  const { check, state, says, mend, mender, code } = finding;
  return (
    <li>
      <StateBadge tone={FINDING_TONES[state]} label={t(`guide.finding.${state}`)} />
      <div>
        <strong>{t(`guide.check.${check}`)}</strong>
        {mender === null ? null : (
          <span className="quiet"> · {t('guide.turn', { who: t(`guide.who.${mender}`) })}</span>
        )}
        <p>
          <Told>{mend === null ? says : `${says} ${mend}`}</Told>
        </p>
        {code === null ? null : <ProblemCode code={code} />}
      </div>
    </li>
  );
}

/** A letter with all that only the hospital's IT can mend. */
function ForIt({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  return (
    <Section title={t('guide.for-it')} lead={t('guide.for-it-lead')} aside={<CopyText text={text} />}>
      <Textarea aria-label={t('guide.for-it')} value={text} readOnly autosize minRows={4} maxRows={20} lang="en" />
    </Section>
  );
}
