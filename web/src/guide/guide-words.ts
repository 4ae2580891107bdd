import { useTranslation } from 'react-i18next';
import type { Finding, SetupStep, SetupView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import type { Tone } from '../parts/state-badge.tsx';

/** How a state of a step is coloured; the word alone suffices. */
export const STEP_TONES: Readonly<Record<SetupStep['state'], Tone>> = {
  done: 'good',
  open: 'info',
  optional: 'quiet',
  waits: 'warn',
  blocked: 'bad',
  later: 'quiet',
};

/** How a finding is coloured. */
export const FINDING_TONES: Readonly<Record<Finding['state'], Tone>> = {
  good: 'good',
  note: 'warn',
  bad: 'bad',
  skipped: 'quiet',
};

/** The checks of the doctor that a step is measured by. */
export const CHECKS_OF: Readonly<Partial<Record<SetupStep['step'], readonly Finding['check'][]>>> = {
  machine: ['program', 'folder', 'disk', 'memory', 'port', 'key', 'database', 'journal', 'objects', 'clock', 'vault'],
  'way-out': ['hub-name', 'hub-connection', 'hub-certificate', 'hub-answer', 'clock', 'update'],
  membership: ['hub-membership', 'hub-witness', 'clock'],
  images: ['dicom-listener', 'dicom-certificate', 'dicom-peer'],
  dossier: ['dossier'],
  'tier-2': ['port', 'sign-in'],
  'tier-3': ['memory', 'flower-certificate'],
};

/** What each gate rests on. */
export const GATES: Readonly<Partial<Record<SetupStep['step'], readonly SetupStep['step'][]>>> = {
  dataset: ['membership', 'dossier', 'images'],
  'tier-1': ['membership', 'dossier', 'dataset'],
  'tier-2': ['tier-1'],
  'tier-3': ['tier-2'],
};

/** A number of people of mammography exams that the free disk has room for, at so many bytes each. */
const EXAM_BYTES = 100_000_000;

/** What was measured of a step, in a sentence; undefined where the state says all. */
export function useMeasured(): (step: SetupStep['step'], view: SetupView) => readonly string[] {
  const { t } = useTranslation();
  const format = useFormat();
  return (step, { measures: own, site, hubUrl }) => {
    switch (step) {
      case 'machine':
        return [
          t('guide.fact.machine', {
            memory: format.bytes(own.memoryMib * 1_048_576),
            cores: format.count(own.cores),
            disk: own.diskFreeBytes === null ? '–' : format.bytes(own.diskFreeBytes),
          }),
          ...(own.diskFreeBytes === null
            ? []
            : [t('guide.fact.room', { exams: format.count(Math.floor(own.diskFreeBytes / EXAM_BYTES)) })]),
        ];
      case 'way-out':
        return hubUrl === null ? [] : [t('guide.fact.hub', { hub: hubUrl })];
      case 'enrolment':
        return site === null
          ? []
          : [
              t('guide.fact.site', {
                name: site.displayName,
                id: site.siteId,
                country: format.country(site.country),
                hub: site.hubName,
              }),
            ];
      case 'responsible':
      case 'dossier':
        return [
          ...(own.isExample ? [t('guide.fact.example')] : []),
          ...(site === null || own.hindrances.length === 0
            ? []
            : [
                t('guide.fact.missing', {
                  items: format.list(
                    own.hindrances
                      .filter((item) => step === 'dossier' || RESPONSIBLE.has(item))
                      .map((item) => t(`dossier.item.${item}`)),
                  ),
                }),
              ]),
        ];
      case 'images':
        return [
          t('way.images', { images: format.count(own.images), studies: format.count(own.studies) }),
          own.dicom === null
            ? t('guide.fact.no-dicom')
            : t('guide.fact.dicom', { title: own.dicom.aeTitle, port: String(own.dicom.port) }),
        ];
      case 'deidentification':
        return [t('guide.fact.masked', { masked: format.count(own.masked), unseen: format.count(own.maskedUnseen) })];
      case 'set-aside':
        return [t('way.quarantined', { files: format.count(own.quarantined) })];
      case 'tables':
        return [
          t('guide.fact.tables', {
            loaded: format.count(own.tablesLoaded),
            waiting: format.count(own.tablesWaiting),
            rows: format.count(own.rowsLoaded),
          }),
        ];
      case 'quality':
        return own.qualityScore === null
          ? []
          : [
              t('guide.fact.quality', {
                score: format.count(own.qualityScore),
                errors: format.count(own.qualityErrors),
              }),
            ];
      case 'dataset':
        return own.publishedVersion === null
          ? []
          : [t('guide.fact.published', { version: format.count(own.publishedVersion) })];
      case 'tier-2':
        return [t('guide.fact.answered', { answers: format.count(own.answered) })];
      default:
        return [];
    }
  };
}

const RESPONSIBLE: ReadonlySet<string> = new Set(['representation', 'dpo-report', 'negotiation-contact']);
