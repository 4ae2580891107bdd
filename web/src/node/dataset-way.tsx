import { IconAlertCircle, IconCheck, IconLoader2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatasetGuide, RecordStandingView } from '#wire';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { NODE_READERS } from './node-readers.ts';
import { FieldLink } from './record-form.tsx';

type Step = DatasetGuide['steps'][number];

interface DatasetWayProps {
  readonly guide: DatasetGuide;
  /** Undefined until the record was made of what is typed. */
  readonly standing: RecordStandingView | undefined;
  /** Whether the fields stand on the same page. */
  readonly isForm: boolean;
}

/** The five steps from films and spreadsheets to a published record: where one stands, what lacks, and where it is mended. */
export function DatasetWay({ guide, standing, isForm }: DatasetWayProps) {
  const { t } = useTranslation();
  const at = guide.steps.findIndex(({ state }) => state !== 'done' && state !== 'optional');
  return (
    <Section title={t('way.title')} lead={at === -1 ? t('way.whole') : t('way.lead')}>
      <ol className="steps way">
        {guide.steps.map(({ step, state }, index) => (
          <li
            key={step}
            data-state={state}
            data-reached={state === 'done' ? '' : undefined}
            aria-current={index === at ? 'step' : undefined}
          >
            <span className="step-mark" aria-hidden="true">
              <Mark state={state} number={index + 1} />
            </span>
            <span>
              <strong>{t(`way.step.${step}`)}</strong>
              <span className="quiet">{t(`way.state.${state}`)}</span>
              <StepDetail step={step} guide={guide} standing={standing} isForm={isForm} />
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Mark({ state, number }: { readonly state: Step['state']; readonly number: number }) {
  if (state === 'done') return <IconCheck size={18} />;
  if (state === 'failed') return <IconAlertCircle size={18} />;
  return state === 'busy' ? <IconLoader2 size={18} /> : number;
}

function StepDetail({ step, guide, standing, isForm }: DatasetWayProps & Pick<Step, 'step'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const { images, tables, published, hindrances } = guide;
  switch (step) {
    case 'images':
      return (
        <>
          <span>{t('way.images', { images: format.count(images.images), studies: format.count(images.studies) })}</span>
          {images.quarantined === 0 ? null : (
            <ForReaders roles={NODE_READERS.quarantine} otherwise={t('way.quarantined', quarantinedOf(guide, format))}>
              <TextLink to="/quarantine">{t('way.quarantined', quarantinedOf(guide, format))}</TextLink>
            </ForReaders>
          )}
          <TextLink to="/arrivals">{t('own-datasets.to-arrivals')}</TextLink>
        </>
      );
    case 'tables':
      return (
        <>
          <span>
            {tables.uploaded === 0
              ? t('way.no-tables')
              : t('way.tables', { mapped: format.count(tables.mapped), uploaded: format.count(tables.uploaded) })}
          </span>
          <ForReaders roles={NODE_READERS.mapping}>
            <TextLink to="/mapping">{t('way.to-tables')}</TextLink>
          </ForReaders>
        </>
      );
    case 'warehouse':
      return (
        <>
          <span>{t('way.loaded', { tables: format.count(tables.loaded), rows: format.count(tables.rows) })}</span>
          {tables.running === 0 ? null : <span>{t('way.running', { tables: format.count(tables.running) })}</span>}
          {tables.failed === 0 ? null : (
            <ForReaders
              roles={NODE_READERS.mapping}
              otherwise={t('way.failed', { tables: format.count(tables.failed) })}
            >
              <TextLink to="/mapping">{t('way.failed', { tables: format.count(tables.failed) })}</TextLink>
            </ForReaders>
          )}
        </>
      );
    case 'dossier': {
      const missing = t('protection.dossier-open', { n: format.count(hindrances.length) });
      return hindrances.length === 0 ? null : <TextLink to="/dossier">{missing}</TextLink>;
    }
    case 'publish':
      return (
        <>
          <span>
            {published === null
              ? t('record.none')
              : t(published.isCurrent ? 'way.current' : 'way.changed', { version: format.count(published.version) })}
          </span>
          {standing === undefined ? null : <Lacking missing={standing.missing} isForm={isForm} />}
        </>
      );
  }
}

/** How many fields lack for any profile, and the first of them. */
function Lacking({ missing, isForm }: Pick<RecordStandingView, 'missing'> & { readonly isForm: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const fields = [...new Set(missing.flatMap(({ field }) => field ?? []))];
  const [first] = fields;
  if (first === undefined) return null;
  const words = t('way.next-field', { field: t(`record.field.${first}`), fields: format.count(fields.length) });
  return isForm ? <FieldLink field={first}>{words}</FieldLink> : <span>{words}</span>;
}

/** A link for those whom the page behind it is for; plain words, or nothing, for others. */
function ForReaders({
  roles,
  otherwise = null,
  children,
}: {
  readonly roles: Parameters<typeof holdsOneOf>[1];
  readonly otherwise?: ReactNode;
  readonly children: ReactNode;
}) {
  const isReader = holdsOneOf(useSession(), roles);
  return isReader ? children : otherwise === null ? null : <span>{otherwise}</span>;
}

function quarantinedOf({ images }: DatasetGuide, format: ReturnType<typeof useFormat>) {
  return { files: format.count(images.quarantined) };
}
