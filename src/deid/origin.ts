import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';

/** Whose a file was and of which examination, as it came: for the site vault, and for nothing else. */
export interface Origin {
  /** Without white space at its ends. */
  readonly patientId: string;
  /** IssuerOfPatientID; '' where the file names none. */
  readonly issuer: string;
  readonly studyInstanceUid: string;
}

/** @note These are the identifiers themselves; never log what this returns. */
export function originOf(dataset: DataSet): Origin {
  const text = (keyword: string) => (dataset.text(tagOf(keyword)) ?? '').trim();
  return {
    patientId: text('PatientID'),
    issuer: text('IssuerOfPatientID'),
    studyInstanceUid: text('StudyInstanceUID'),
  };
}
