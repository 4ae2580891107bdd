import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import type { CheckName, QualityFinding, Severity } from './finding.ts';

interface Demand {
  readonly check: CheckName;
  readonly keywords: readonly string[];
  readonly severity: Severity;
  readonly message: string;
  readonly mend: string;
}

/** The minimum metadata of Cancer Image Europe (EUCAIM handbook, data preparation), any of the keywords will do. */
const DEMANDS: readonly Demand[] = [
  {
    check: 'modality',
    keywords: ['Modality'],
    severity: 'error',
    message: 'It does not say what kind of picture it is (Modality is empty).',
    mend: 'Send it again from the archive, or set Modality before import.',
  },
  {
    check: 'body-part',
    keywords: ['BodyPartExamined', 'AnatomicRegionSequence'],
    severity: 'warning',
    message: 'It does not say which part of the body it shows.',
    mend: 'Set BodyPartExamined, for example CHEST or BREAST.',
  },
  {
    check: 'manufacturer',
    keywords: ['Manufacturer'],
    severity: 'warning',
    message: 'It does not say who made the machine.',
    mend: 'Set Manufacturer; researchers compare makes.',
  },
  {
    check: 'acquisition-date',
    keywords: ['AcquisitionDate', 'AcquisitionDateTime', 'StudyDate'],
    severity: 'warning',
    message: 'It has no date of acquisition.',
    mend: 'Send it again from the archive; shifted dates are made from the true ones.',
  },
  {
    check: 'sex',
    keywords: ['PatientSex'],
    severity: 'warning',
    message: 'It does not say the sex of the person.',
    mend: 'Set PatientSex to F, M or O.',
  },
  {
    check: 'age',
    keywords: ['PatientAge', 'PatientBirthDate'],
    severity: 'warning',
    message: 'It gives neither age nor date of birth.',
    mend: 'Set PatientAge, for example 057Y.',
  },
  {
    check: 'pixel-spacing',
    keywords: ['PixelSpacing', 'ImagerPixelSpacing'],
    severity: 'info',
    message: 'It does not say how large a pixel is, so sizes in it cannot be measured.',
    mend: 'Nothing, if the machine does not know it.',
  },
];

/** What is missing or worth knowing in a header. */
export function checkHeader(dataset: DataSet): readonly QualityFinding[] {
  const missing = DEMANDS.filter(({ keywords }) => !keywords.some((keyword) => isFilled(dataset, keyword))).map(
    ({ check, severity, message, mend }) => ({ check, severity, message, mend }),
  );
  return [...missing, ...statements(dataset)];
}

function statements(dataset: DataSet): readonly QualityFinding[] {
  const findings: QualityFinding[] = [];
  if (dataset.text(tagOf('BurnedInAnnotation'))?.toUpperCase() === 'YES') {
    findings.push({
      check: 'burned-in',
      severity: 'error',
      message: 'It says that there is text burned into the picture.',
      mend: 'Export it without annotations.',
    });
  }
  if (dataset.text(tagOf('LossyImageCompression')) === '01') {
    findings.push({
      check: 'lossy',
      severity: 'info',
      message: 'It was compressed with loss once.',
      mend: 'Send the original if the archive still has it.',
    });
  }
  return findings;
}

function isFilled(dataset: DataSet, keyword: string): boolean {
  const tag = tagOf(keyword);
  return dataset.items(tag).length > 0 || dataset.text(tag) !== undefined;
}
