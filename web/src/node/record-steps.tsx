import { IconAlertCircle, IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { RecordStandingView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { Section } from '../parts/section.tsx';
import { FieldLink } from './record-form.tsx';

const STEPS = ['draft', 'eucaim-valid', 'r8-valid'] as const;
/** What has to be content for a step. */
const PROFILES = { draft: undefined, 'eucaim-valid': 'eucaim-v2', 'r8-valid': 'healthdcat-r8' } as const;

/** How far a record has come: draft, valid for Cancer Image Europe, valid by Release 8; and what lacks for the rest, field by field. */
export function RecordSteps({
  standing,
  isForm,
}: {
  readonly standing: RecordStandingView;
  /** Whether the fields stand on the same page, so that what lacks leads to them. */
  readonly isForm: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const reached = STEPS.indexOf(standing.state);
  return (
    <Section title={t('record.state')}>
      <ol className="steps">
        {STEPS.map((step, index) => {
          const lacking = standing.missing.filter(({ profile }) => profile === PROFILES[step]).length;
          return (
            <li
              key={step}
              data-reached={index <= reached ? '' : undefined}
              aria-current={index === reached ? 'step' : undefined}
            >
              <span className="step-mark" aria-hidden="true">
                {index <= reached ? <IconCheck size={18} /> : index + 1}
              </span>
              <span>
                <strong>{t(`record.step.${step}`)}</strong>
                <span className="quiet">
                  {index <= reached ? t('record.reached') : t('record.lacking', { things: format.count(lacking) })}
                </span>
              </span>
            </li>
          );
        })}
      </ol>
      {standing.missing.length === 0 ? null : (
        <ul className="missing" aria-label={t('record.missing')}>
          {once(standing.missing).map(({ profile, field, path, fix }) => (
            <li key={`${profile} ${field ?? path} ${fix}`}>
              <IconAlertCircle size={18} aria-hidden="true" />
              <span className="missing-body">
                {field === null ? (
                  <span className="digest">{path.split(/[/#]/).at(-1)}</span>
                ) : isForm ? (
                  <FieldLink field={field}>{t(`record.field.${field}`)}</FieldLink>
                ) : (
                  t(`record.field.${field}`)
                )}{' '}
                <span className="quiet">{t(`record.needed.${profile}`)}</span>
                <span className="missing-fix" lang="en">
                  {fix}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** A field that lacks for both profiles, or twice for one, is told once. */
function once(missing: RecordStandingView['missing']): RecordStandingView['missing'] {
  const told = new Set<string>();
  return missing.filter(({ field, path }) => {
    const what = field ?? path;
    if (told.has(what)) return false;
    told.add(what);
    return true;
  });
}
