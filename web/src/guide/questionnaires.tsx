import { Group, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SetupStep, SetupView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { CopyText } from '../parts/digest.tsx';
import { Facts } from '../parts/facts.tsx';

/** Both questionnaires of EUCAIM before a site is let in, answered from what was measured of this node. */
export function Questionnaires({ view }: { readonly view: SetupView }) {
  const { t } = useTranslation();
  const answers = useAnswers(view);
  return (
    <>
      {(['tier', 'warehouse'] as const).map((form) => (
        <div key={form}>
          <Group justify="space-between" gap="xs">
            <Title order={3}>{t(`guide.form.${form}`)}</Title>
            <CopyText text={answers[form].map(([question, answer]) => `${question}: ${answer}`).join('\n')} />
          </Group>
          <Facts facts={answers[form]} />
        </div>
      ))}
    </>
  );
}

function useAnswers({ steps, measures: own, checkup }: SetupView) {
  const { t } = useTranslation();
  const format = useFormat();
  const isDone = (step: SetupStep['step']) => steps.some((one) => one.step === step && one.state === 'done');
  const yes = (isSo: boolean) => (isSo ? t('guide.answer.yes') : t('guide.answer.not-yet'));
  const tier = (['tier-3', 'tier-2', 'tier-1'] as const).find(isDone);
  const isEncrypted = checkup.findings.some(({ check, state }) => check === 'hub-certificate' && state === 'good');
  const counted = (one: number) => (one === 0 ? t('guide.answer.not-yet') : format.count(one));
  return {
    tier: [
      [t('guide.ask.tier'), tier === undefined ? t('guide.answer.not-yet') : t(`guide.step.${tier}`)],
      [t('guide.ask.legal'), yes(own.hindrances.length === 0 && !own.isExample)],
      [t('guide.ask.catalogue'), yes(own.publishedVersion !== null)],
      [
        t('guide.ask.connection'),
        isDone('way-out') ? t(isEncrypted ? 'guide.answer.encrypted' : 'guide.answer.plain') : yes(false),
      ],
      [t('guide.ask.query'), yes(isDone('tier-2'))],
      [t('guide.ask.threshold'), format.count(own.minimumCount)],
      [t('guide.ask.privacy'), `ε ${format.number(own.privacyEpsilon)}`],
      [
        t('guide.ask.compute'),
        t('guide.answer.compute', {
          cores: format.count(own.cores),
          memory: format.bytes(own.memoryMib * 1_048_576),
          threads: format.count(own.trainingWorkers),
        }),
      ],
      [t('guide.ask.approval'), t(own.approval === 'ask' ? 'guide.answer.each-job' : 'guide.answer.by-rule')],
    ] as const,
    warehouse: [
      [t('guide.ask.images'), counted(own.images)],
      [t('guide.ask.studies'), counted(own.studies)],
      [t('guide.ask.deidentified'), yes(own.images > 0)],
      [t('guide.ask.set-aside'), format.count(own.quarantined)],
      [t('guide.ask.looked'), `${format.count(own.masked - own.maskedUnseen)} / ${format.count(own.masked)}`],
      [t('guide.ask.model'), counted(own.rowsLoaded)],
      [
        t('guide.ask.quality'),
        own.qualityScore === null ? t('guide.answer.not-yet') : `${format.count(own.qualityScore)} / 100`,
      ],
      [t('guide.ask.dicom'), yes(own.dicom !== null)],
      [t('guide.ask.vault'), yes(own.hasVault)],
      [t('guide.ask.room'), own.diskFreeBytes === null ? '–' : format.bytes(own.diskFreeBytes)],
    ] as const,
  };
}
