import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type JobSpec, maskingHindrance } from '#wire';
import type { JobDraft } from './job-draft.ts';

type Evaluation = NonNullable<JobSpec['evaluation']>;

interface EvaluationFieldsProps {
  readonly draft: JobDraft;
  /** What the draft comes to. */
  readonly spec: JobSpec;
  readonly onChange: (evaluation: Evaluation | null) => void;
}

/** What is evaluated at the sites once the last round is over. */
export function EvaluationFields({ draft: { evaluation, isPrivate }, spec, onChange }: EvaluationFieldsProps) {
  const { t } = useTranslation();
  const isOpen = maskingHindrance(spec) !== undefined && spec.sites.length > 1;
  const localOnly = evaluation?.localOnly === true && !isPrivate;
  return (
    <>
      <Checkbox
        label={t('studio.evaluation')}
        description={t('studio.evaluation-hint')}
        checked={evaluation !== null}
        onChange={({ currentTarget: { checked } }) => onChange(checked ? { localOnly: false } : null)}
      />
      {evaluation === null || isPrivate ? null : (
        <Checkbox
          mt="sm"
          label={t('studio.local-only')}
          description={t('studio.local-only-hint')}
          checked={evaluation.localOnly}
          onChange={({ currentTarget: { checked } }) =>
            onChange({ ...evaluation, localOnly: checked, ...(checked ? {} : { crossSite: false }) })
          }
        />
      )}
      {evaluation === null || !localOnly ? null : (
        <Checkbox
          mt="sm"
          label={t('studio.cross-site')}
          description={t(isOpen ? 'studio.cross-site-hint' : 'studio.only-open')}
          disabled={!isOpen}
          checked={isOpen && evaluation.crossSite === true}
          onChange={({ currentTarget: { checked } }) => onChange({ ...evaluation, crossSite: checked })}
        />
      )}
      {evaluation === null ? null : (
        <Checkbox
          mt="sm"
          label={t('studio.without-each')}
          description={t(isOpen ? 'studio.without-each-hint' : 'studio.only-open')}
          disabled={!isOpen}
          checked={isOpen && evaluation.withoutEach === true}
          onChange={({ currentTarget: { checked } }) => onChange({ ...evaluation, withoutEach: checked })}
        />
      )}
    </>
  );
}
