/** A de-identified examination of a dataset, as a node's index and clinical table know it. Absent text is ''. */
export interface DatasetStudy {
  /** Pseudonym. */
  readonly person: string;
  readonly sex: 'F' | 'M' | 'O' | null;
  /** Whole years at the examination. */
  readonly ageYears: number | null;
  readonly studyInstanceUid: string;
  /** YYYYMMDD, shifted. */
  readonly studyDate: string;
  /** HHMMSS and fractions. */
  readonly studyTime: string;
  readonly description: string;
  readonly series: readonly DatasetSeries[];
  /** Labels of the clinical table; undefined where it has no row for the examination: then nothing is known. */
  readonly findings: readonly string[] | undefined;
}

/** A series of a {@link DatasetStudy}. */
export interface DatasetSeries {
  readonly seriesInstanceUid: string;
  readonly number: number | null;
  /** DICOM modality code. */
  readonly modality: string;
  readonly description: string;
  /** BodyPartExamined. */
  readonly bodyPart: string;
  /** L, R, B or ''. */
  readonly laterality: string;
  /** YYYYMMDD, shifted, and HHMMSS. */
  readonly date: string;
  readonly time: string;
  readonly instances: readonly {
    readonly sopInstanceUid: string;
    readonly sopClassUid: string;
    readonly number: number | null;
    readonly frames: number | null;
  }[];
}

/** Whose data it is and when they are written down. */
export interface DatasetSite {
  readonly siteId: string;
  readonly name: string;
  /** ISO 8601 with zone, such as 2026-05-17T09:30:00.000Z. */
  readonly writtenAt: string;
  /** Where the images can be had (DICOMweb); undefined where they are not given out. */
  readonly retrieveUrl?: string | undefined;
}
