import { Button, Checkbox, Group, NumberInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type PacsCheck, pacsCheckSchema } from '#wire';
import { useWriteFor } from '../api/use-write.ts';
import type { MessageKey } from '../i18n/message-key.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';

/** Days back that are asked for unless told. */
const DAYS_BACK = 30;

/** Trying a connection to a PACS before anything depends on it. */
export function PacsPage() {
  const { t } = useTranslation();
  const [answer, setAnswer] = useState<PacsCheck>();
  const check = useWriteFor(pacsCheckSchema, [], setAnswer);
  const [host, setHost] = useState('');
  const [port, setPort] = useState<number | string>(104);
  const [aeTitle, setAeTitle] = useState('');
  const [isEncrypted, setEncrypted] = useState(false);
  const [days, setDays] = useState<number | string>(DAYS_BACK);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAnswer(undefined);
    const [from, to] = [dayBefore(Number(days)), dayBefore(0)];
    check.mutate({ path: '/api/pacs-check', body: { host, port: Number(port), aeTitle, isEncrypted, from, to } });
  };
  return (
    <>
      <PageHead title={t('pacs.title')} lead={t('pacs.lead')} />
      <Section title={t('pacs.form')}>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Group gap="sm" align="flex-start">
              <TextInput
                label={t('pacs.host')}
                required
                pattern="[A-Za-z0-9.:_\-]+"
                maxLength={253}
                value={host}
                onChange={({ currentTarget }) => setHost(currentTarget.value)}
              />
              <NumberInput label={t('pacs.port')} required min={1} max={65_535} value={port} onChange={setPort} />
              <TextInput
                label={t('pacs.ae-title')}
                required
                maxLength={16}
                value={aeTitle}
                onChange={({ currentTarget }) => setAeTitle(currentTarget.value)}
              />
              <NumberInput label={t('pacs.days')} required min={0} max={3650} value={days} onChange={setDays} />
            </Group>
            <Checkbox
              label={t('pacs.encrypted')}
              checked={isEncrypted}
              onChange={({ currentTarget }) => setEncrypted(currentTarget.checked)}
            />
            <Button type="submit" loading={check.isPending} style={{ alignSelf: 'flex-start' }}>
              {t('pacs.try')}
            </Button>
          </Stack>
        </form>
        {check.error === null ? null : <ProblemNotice error={check.error} />}
        {answer === undefined ? null : (
          <>
            <Step name="pacs.echo" step={answer.echo} />
            {answer.find === null ? null : <Step name="pacs.find" step={answer.find} />}
            <p className="quiet">{t('pacs.called-as', { title: answer.calledAs })}</p>
          </>
        )}
      </Section>
    </>
  );
}

interface StepProps {
  readonly name: Extract<MessageKey, 'pacs.echo' | 'pacs.find'>;
  readonly step: PacsCheck['echo'];
}

function Step({ name, step }: StepProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (step.kind === 'failed') {
    return (
      <Notice tone="bad" role="alert" title={`${t(name)}: ${t('pacs.failed')}`}>
        <p>
          <Told>{`${step.sentence} ${step.mend}`}</Told>
        </p>
      </Notice>
    );
  }
  const milliseconds = format.count(step.milliseconds);
  return (
    <Notice tone="good" role="status" title={`${t(name)}: ${t('pacs.answered', { milliseconds })}`}>
      {step.studies === undefined ? null : (
        <p>{t(step.isCut === true ? 'pacs.studies-cut' : 'pacs.studies', { count: step.studies })}</p>
      )}
    </Notice>
  );
}

/** As DICOM writes it, by the calendar of whoever asks. */
function dayBefore(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() - days);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${day.getFullYear()}${two(day.getMonth() + 1)}${two(day.getDate())}`;
}
