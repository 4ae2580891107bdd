import type { SyntheticClinicalRow } from './site.ts';

/** The clinical table of films as CSV: PatientID, StudyInstanceUID, finding (labels joined by `|`), sex, age, view. */
export function syntheticClinicalCsv(rows: Iterable<SyntheticClinicalRow>): string {
  const lines = ['PatientID,StudyInstanceUID,finding,sex,age,view'];
  for (const { patientId, studyInstanceUid, findings, values } of rows) {
    const { sex = '', age = '', view = '' } = values;
    // None of these can hold a comma or a quotation mark.
    lines.push([patientId, studyInstanceUid, findings.join('|'), sex, age, view].join(','));
  }
  return `${lines.join('\n')}\n`;
}
