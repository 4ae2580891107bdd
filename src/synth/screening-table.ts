import type { ScreeningExam } from './screening-exam.ts';
import { mammogramFileName, screeningPerson, screeningStudyUid } from './screening-files.ts';
import type { ScreeningRecord } from './screening-record.ts';

/** Columns of the clinical table, as registries of screening name them. */
const CLINICAL = [
  ...['PatientID', 'StudyInstanceUID', 'finding', 'sex', 'age', 'screening_date', 'site', 'view', 'birads', 'density'],
  ...['screening_result', 'diagnosis', 'diagnosis_date', 'breast_side', 'last_contact', 'family_history', 'smoking'],
  ...['menopausal_status', 'hormone_therapy_use', 'gene_carrier', 'prior_biopsy', 'bmi', 'menarche_age', 'parity'],
  ...['first_birth_age', 'alcohol'],
] as const;

/** Columns of the table of what is true and nobody is told. */
const TRUTH = [
  ...['index', 'woman', 'exam', 'site', 'StudyInstanceUID', 'file', 'laterality', 'view', 'kind', 'diameter_mm'],
  ...['row', 'column', 'radius_px', 'log_density', 'texture', 'log_hazard', 'risk_1y', 'risk_2y', 'risk_3y'],
  ...['risk_4y', 'risk_5y', 'year_of_cancer', 'years_known'],
] as const;

/** The finding of an examination after which, within five years, a cancer was found. */
export const SCREENING_FINDING = 'Breast cancer';

/**
 * The clinical table of examinations as CSV lines, the heading first: screening, history, and what the registry tells of the
 * years after. Empty cells are not known.
 */
export function* screeningClinicalCsv(records: Iterable<ScreeningRecord>): Generator<string> {
  yield CLINICAL.join(',');
  for (const record of records) yield clinicalLine(record);
}

/** One line of {@link screeningClinicalCsv}. */
function clinicalLine(record: ScreeningRecord): string {
  const { outcome, covariates, woman } = record;
  const positive = outcome.yearOfCancer !== null;
  const yesNo = (value: number | null): string => (value === null ? '' : value > 0 ? 'yes' : 'no');
  const lastDay = iso(record.date, Math.round(outcome.years * 365.25));
  return [
    screeningPerson(record).patientId,
    screeningStudyUid(record),
    positive ? SCREENING_FINDING : '',
    'F',
    Math.floor(record.ageYears),
    iso(record.date, 0),
    record.site.siteId,
    record.views.map(({ laterality, view }) => `${laterality} ${view}`).join('|'),
    record.assessment,
    record.density,
    record.assessment === 4 || record.assessment === 5 ? 'suspicious findings' : 'negative screening',
    outcome.cancer ? 'C50.9' : '',
    outcome.diagnosisDate === null ? '' : iso(outcome.diagnosisDate, 0),
    outcome.cancer ? (woman.lesion.breast === 'L' ? 'left' : 'right') : '',
    lastDay,
    yesNo(covariates.familyHistory),
    covariates.smoking === null ? '' : covariates.smoking === 1 ? 'current smoker' : 'never',
    covariates.postmenopausal === null ? '' : covariates.postmenopausal === 1 ? 'postmenopausal' : 'premenopausal',
    yesNo(covariates.hormoneTherapy),
    yesNo(covariates.geneCarrier),
    yesNo(covariates.priorBiopsy),
    covariates.bodyMassIndex ?? '',
    covariates.menarcheAge ?? '',
    covariates.parity ?? '',
    covariates.firstBirthAge ?? '',
    covariates.alcohol ?? '',
  ].join(',');
}

/** Heading of the table of truth. */
export const SCREENING_TRUTH_HEADING = TRUTH.join(',');

/** What is true of an examination: one CSV line a picture, with the lesion's place in it. */
export function screeningTruthLines(exam: ScreeningExam): readonly string[] {
  const { latent, outcome, lesion } = exam;
  return exam.pictures.map((picture) => {
    const mark = picture.lesion;
    return [
      ...[exam.index, exam.womanId, exam.examNumber, exam.site.siteId, screeningStudyUid(exam)],
      ...[mammogramFileName(exam.index, picture), picture.laterality, picture.view],
      ...(mark === null || lesion === null
        ? ['', '', '', '', '']
        : [lesion.kind, ...[lesion.diameterMm, mark.row, mark.column, mark.radiusPx].map((value) => value.toFixed(2))]),
      ...[latent.logDensity, latent.texture, latent.logHazard, ...latent.risk].map((value) => value.toFixed(5)),
      ...[outcome.yearOfCancer ?? '', outcome.years.toFixed(3)],
    ].join(',');
  });
}

/** A DICOM date some days later, as ISO 8601. */
function iso(date: string, days: number): string {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number);
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, (day ?? 1) + days)).toISOString().slice(0, 10);
}
