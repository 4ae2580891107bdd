import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ClinicMode, ClinicModel } from '#wire';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWrite } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Section } from '../parts/section.tsx';
import { Told } from '../parts/told.tsx';

const MODES: readonly ClinicMode[] = ['off', 'shadow', 'shown'];

/** Models that lie at the node, and what the owner decides of each. */
export function ClinicModels({ models }: { readonly models: readonly ClinicModel[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const decides = holdsOneOf(useSession(), ['operator', 'protection-officer']);
  const set = useWrite(['clinic']);
  const choose = (model: ClinicModel, mode: ClinicMode) => {
    const version = model.present ?? model.enabled;
    if (version === null) return;
    set.mutate({
      path: `/api/clinic/models/${model.name}`,
      method: 'PUT',
      body: { mode, ...version, alarmFrom: model.alarmFrom },
    });
  };
  return (
    <Section title={t('clinic.models')} lead={t('clinic.models-lead')}>
      {models.length === 0 ? (
        <p className="prose quiet">{t('clinic.nothing')}</p>
      ) : (
        <DataTable
          caption={`${t('clinic.models')}: ${t('clinic.mode')}`}
          rows={models}
          keyOf={({ name }) => name}
          columns={[
            { head: t('clinic.model'), cell: ({ name }) => name },
            {
              head: t('clinic.version'),
              cell: ({ present, trouble, isChanged }) => (
                <>
                  <span className="digest">{present?.version ?? '–'}</span>
                  {isChanged ? <p>{t('clinic.changed')}</p> : null}
                  {trouble === null ? null : (
                    <p>
                      <Told>{`${trouble.sentence} ${trouble.mend}`}</Told>
                    </p>
                  )}
                </>
              ),
            },
            {
              head: t('clinic.mode'),
              cell: (model) =>
                decides && (model.present !== null || model.mode !== 'off') ? (
                  <NativeSelect
                    aria-label={t('clinic.mode-of', { model: model.name })}
                    // What was enabled is not there any more: it is as good as off until it is chosen anew.
                    value={model.isChanged ? 'off' : model.mode}
                    style={{ minWidth: '9rem' }}
                    disabled={set.isPending}
                    onChange={({ currentTarget }) => choose(model, currentTarget.value as ClinicMode)}
                    data={MODES.map((mode) => ({ value: mode, label: t(`clinic.${mode}`) }))}
                  />
                ) : (
                  t(`clinic.${model.mode}`)
                ),
            },
            { head: t('clinic.alarm'), cell: ({ alarmFrom }) => format.percent(alarmFrom), numeric: true },
          ]}
        />
      )}
      {set.error === null ? null : <ProblemNotice error={set.error} />}
    </Section>
  );
}
