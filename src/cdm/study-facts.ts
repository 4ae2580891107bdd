import type { Deidentified } from '#deid';
import { tagOf } from '#vocab';
import { ageInYears } from './age.ts';

/** What a node's index keeps of one de-identified image, to be searched by. Null where the image does not say. */
export interface StudyFacts {
  /** Pseudonym. */
  readonly person: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  /** DICOM modality code. */
  readonly modality: string | null;
  /** BodyPartExamined in capitals. */
  readonly bodyPart: string | null;
  /** As the maker writes it. */
  readonly manufacturer: string | null;
  readonly sex: 'F' | 'M' | 'O' | null;
  /** Whole years at the examination. */
  readonly ageYears: number | null;
  /** Year of the shifted date: up to three years before the true one. */
  readonly studyYear: number | null;
  /** Labels of the clinical table. */
  readonly findings: readonly string[];
}

/** Longest text that a dataset record takes. */
const TEXT_LIMIT = 64;

/** The facts of an image with the findings of its clinical row. Takes only what the deid room sealed. */
export function studyFactsOf(image: Deidentified, findings: readonly string[] = []): StudyFacts {
  const { dataset } = image;
  const text = (keyword: string): string | null => dataset.text(tagOf(keyword))?.slice(0, TEXT_LIMIT) ?? null;
  const sex = text('PatientSex')?.toUpperCase();
  const date = text('StudyDate') ?? text('AcquisitionDate') ?? '';
  return {
    person: image.person,
    studyInstanceUid: image.studyInstanceUid,
    seriesInstanceUid: image.seriesInstanceUid,
    sopInstanceUid: image.sopInstanceUid,
    modality: text('Modality')?.toUpperCase().slice(0, 16) ?? null,
    bodyPart: text('BodyPartExamined')?.toUpperCase() ?? null,
    manufacturer: text('Manufacturer'),
    sex: sex === 'F' || sex === 'M' || sex === 'O' ? sex : null,
    ageYears: ageInYears(text('PatientAge')),
    studyYear: /^\d{8}$/.test(date) ? Number(date.slice(0, 4)) : null,
    findings,
  };
}
