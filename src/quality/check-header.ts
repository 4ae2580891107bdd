import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import { checkDates } from './check-dates.ts';
import type { CheckName } from './check-table.ts';
import { findingOf, type QualityFinding } from './finding.ts';

/** What a check is told beside the picture. */
export interface CheckSetting {
  /** Today as DICOM writes it, YYYYMMDD; without it nothing is said about the future. */
  readonly today?: string | undefined;
}

/** The minimum metadata of Cancer Image Europe (EUCAIM handbook, data preparation): any of the keywords will do. */
const DEMANDS: readonly (readonly [CheckName, readonly string[]])[] = [
  ['patient-id', ['PatientID']],
  ['modality', ['Modality']],
  ['body-part', ['BodyPartExamined', 'AnatomicRegionSequence']],
  ['manufacturer', ['Manufacturer']],
  ['acquisition-date', ['AcquisitionDate', 'AcquisitionDateTime', 'StudyDate']],
  ['sex', ['PatientSex']],
  ['age', ['PatientAge', 'PatientBirthDate']],
  ['pixel-spacing', ['PixelSpacing', 'ImagerPixelSpacing', 'SharedFunctionalGroupsSequence']],
];

/** What a report or a key object has to say of itself too. */
const OF_EVERY_OBJECT: ReadonlySet<CheckName> = new Set<CheckName>([
  'patient-id',
  'modality',
  'acquisition-date',
  'sex',
  'age',
]);

/** What is missing in a header that every object has to have, and dates that cannot be. */
export function checkAnyHeader(dataset: DataSet, setting: CheckSetting = {}): readonly QualityFinding[] {
  return [...missing(dataset, OF_EVERY_OBJECT), ...missingUids(dataset), ...checkDates(dataset, setting.today)];
}

/** What is missing or worth knowing in the header of a picture, and dates that cannot be. */
export function checkHeader(dataset: DataSet, setting: CheckSetting = {}): readonly QualityFinding[] {
  const findings = [...missing(dataset), ...missingUids(dataset)];
  if (dataset.text(tagOf('BurnedInAnnotation'))?.toUpperCase() === 'YES') findings.push(findingOf('burned-in'));
  if (dataset.text(tagOf('LossyImageCompression')) === '01') findings.push(findingOf('lossy'));
  return [...findings, ...checkDates(dataset, setting.today)];
}

function missing(dataset: DataSet, only?: ReadonlySet<CheckName>): QualityFinding[] {
  return DEMANDS.filter(
    ([check, keywords]) =>
      (only === undefined || only.has(check)) && !keywords.some((keyword) => isFilled(dataset, keyword)),
  ).map(([check]) => findingOf(check));
}

function missingUids(dataset: DataSet): readonly QualityFinding[] {
  return ['SOPInstanceUID', 'SeriesInstanceUID', 'StudyInstanceUID']
    .filter((keyword) => !isFilled(dataset, keyword))
    .map((attribute) => findingOf('uid-missing', { attribute }));
}

function isFilled(dataset: DataSet, keyword: string): boolean {
  const tag = tagOf(keyword);
  return dataset.items(tag).length > 0 || dataset.text(tag) !== undefined;
}
