import { Button, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TARGET_MEASURES, TARGET_SCOPES, type TargetMeasure, type TargetScope, type TargetStanding } from '#wire';
import { targetHistoryQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { TableFile } from './tally-tables.tsx';
import { useProgressWords } from './use-progress-words.ts';

/** What the network aims at, how far it is reached, and what was set before. */
export function TargetSection({ targets }: { readonly targets: readonly TargetStanding[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProgressWords();
  const title = t('progress.targets');
  const maySet = holdsOneOf(useSession(), ['coordinator']);
  return (
    <Section title={title} lead={t('progress.targets-lead')}>
      <DataTable
        caption={t('progress.target')}
        rows={targets}
        keyOf={({ measure, scope, key }) => `${scope}/${key}/${measure}`}
        columns={[
          { head: t('progress.target'), cell: words.target },
          { head: t('progress.aimed'), numeric: true, cell: ({ value }) => format.count(value) },
          {
            head: t('progress.reached'),
            numeric: true,
            cell: ({ reached, value }) => `${format.count(reached)} (${format.percent(reached / value)})`,
          },
          { head: t('progress.due'), oneLine: true, cell: ({ dueOn }) => dueDay(dueOn, format.day) },
        ]}
      />
      <TableFile table="targets" title={title} />
      {maySet ? <TargetForm /> : null}
      <TargetHistory />
    </Section>
  );
}

function dueDay(day: string | null, format: (atMs: number) => string): string {
  return day === null ? '–' : format(Date.parse(`${day}T12:00:00Z`));
}

function TargetForm() {
  const { t } = useTranslation();
  const words = useProgressWords();
  const [measure, setMeasure] = useState<TargetMeasure>('studies');
  const [scope, setScope] = useState<TargetScope>('network');
  const [key, setKey] = useState('');
  const [value, setValue] = useState<number | string>('');
  const [dueOn, setDueOn] = useState('');
  const [because, setBecause] = useState('');
  const set = useWrite(['progress', 'target-history', 'network-state'], () => setBecause(''));
  const isWhole = scope === 'network';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate({
      path: '/api/progress/targets',
      body: {
        measure: isWhole ? measure : 'studies',
        scope,
        key: isWhole ? '' : key,
        value: typeof value === 'number' ? value : null,
        dueOn: dueOn === '' ? null : dueOn,
        because,
      },
    });
  };
  return (
    <form onSubmit={submit} aria-label={t('progress.set')}>
      <Stack gap="sm">
        <div className="two-columns">
          <NativeSelect
            label={t('progress.scope')}
            value={scope}
            data={TARGET_SCOPES.map((one) => ({ value: one, label: t(`progress.scope.${one}`) }))}
            onChange={({ currentTarget }) =>
              setScope(TARGET_SCOPES.find((one) => one === currentTarget.value) ?? 'network')
            }
          />
          {isWhole ? (
            <NativeSelect
              label={t('progress.measure')}
              value={measure}
              data={TARGET_MEASURES.map((one) => ({ value: one, label: words.measure(one) }))}
              onChange={({ currentTarget }) =>
                setMeasure(TARGET_MEASURES.find((one) => one === currentTarget.value) ?? 'studies')
              }
            />
          ) : (
            <TextInput
              label={t('progress.key')}
              description={t('progress.key-hint')}
              required
              pattern="[A-Za-z0-9+]{1,40}"
              value={key}
              onChange={({ currentTarget }) => setKey(currentTarget.value)}
            />
          )}
          <NumberInput
            label={t('progress.value')}
            description={t('progress.value-hint')}
            min={1}
            max={1_000_000_000}
            allowDecimal={false}
            hideControls
            value={value}
            onChange={setValue}
          />
          <TextInput
            type="date"
            label={t('progress.due')}
            value={dueOn}
            onChange={({ currentTarget }) => setDueOn(currentTarget.value)}
          />
        </div>
        <TextInput
          label={t('progress.because')}
          required
          maxLength={500}
          value={because}
          onChange={({ currentTarget }) => setBecause(currentTarget.value)}
        />
        <Button type="submit" variant="light" loading={set.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('progress.save')}
        </Button>
        {set.error === null ? null : <ProblemNotice error={set.error} />}
      </Stack>
    </form>
  );
}

function TargetHistory() {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProgressWords();
  const changes = useQuery(targetHistoryQuery).data?.changes ?? [];
  if (changes.length === 0) return null;
  return (
    <details className="as-table">
      <summary>{t('progress.history')}</summary>
      <DataTable
        caption={t('progress.history')}
        rows={changes.map((change, index) => ({ ...change, index }))}
        keyOf={({ index }) => index}
        columns={[
          { head: t('audit.when'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
          { head: t('progress.target'), cell: words.target },
          {
            head: t('progress.aimed'),
            numeric: true,
            cell: ({ value }) => (value === null ? t('progress.taken-back') : format.count(value)),
          },
          { head: t('progress.due'), oneLine: true, cell: ({ dueOn }) => dueDay(dueOn, format.day) },
          { head: t('audit.because'), cell: ({ because }) => because },
          { head: t('audit.actor'), cell: ({ by }) => by },
        ]}
      />
    </details>
  );
}
