import { Button, Group, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelState, ModelView } from '#wire';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

const TONES = { candidate: 'warn', registered: 'good', retired: 'quiet' } as const;

/** Where a model may go from where it is. */
const NEXT = { candidate: ['registered', 'retired'], registered: ['retired'], retired: [] } as const;

/** How far a model has come. */
export function ModelStateBadge({ state }: { readonly state: ModelState }) {
  const { t } = useTranslation();
  return <StateBadge tone={TONES[state]} label={t(`model.state.${state}`)} />;
}

/** Who took it into the registry or out of use, and why. */
export function ModelHistory({ model }: { readonly model: ModelView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const coordinator = holdsOneOf(useSession(), ['coordinator']);
  return (
    <Section title={t('model.history')} lead={t('model.history-lead')}>
      <DataTable
        caption={t('model.history-table')}
        rows={model.history}
        keyOf={({ state }) => state}
        columns={[
          { head: t('model.state'), cell: ({ state }) => <ModelStateBadge state={state} /> },
          { head: t('model.since'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
          { head: t('model.moved-by'), cell: ({ by }) => by },
          { head: t('model.moved-because'), cell: ({ because }) => because },
        ]}
      />
      {coordinator && NEXT[model.state].length > 0 ? <MoveForm model={model} /> : null}
    </Section>
  );
}

function MoveForm({ model: { modelId, state } }: { readonly model: ModelView }) {
  const { t } = useTranslation();
  const [because, setBecause] = useState('');
  const [lacksReason, setLacksReason] = useState(false);
  const move = useWrite(['models'], () => setBecause(''));
  const send = (to: 'registered' | 'retired') => {
    setLacksReason(because.trim() === '');
    if (because.trim() === '') return;
    move.mutate({ path: `/api/models/${encodeURIComponent(modelId)}/state`, body: { state: to, because } });
  };
  return (
    <div>
      <Textarea
        label={t('model.moved-because')}
        value={because}
        maxLength={1000}
        error={lacksReason ? t('model.move-reason') : null}
        onChange={({ currentTarget }) => setBecause(currentTarget.value)}
      />
      <Group mt="sm" gap="sm">
        {NEXT[state].map((to) => (
          <Button
            key={to}
            variant={to === 'registered' ? 'filled' : 'default'}
            loading={move.isPending}
            onClick={() => send(to)}
          >
            {t(`model.move.${to}`)}
          </Button>
        ))}
      </Group>
      {move.error === null ? null : <ProblemNotice error={move.error} />}
    </div>
  );
}
