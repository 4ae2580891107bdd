/** One film of a source, before it is given to a hospital. */
export interface SourceFilm {
  /** Films of one person stay together. */
  readonly person: string;
  readonly positive: boolean;
  /** Findings of the clinical table. */
  readonly findings: readonly string[];
  /** Number of the hospital it belongs to, or kept apart for the comparison; absent where the demo divides the films. */
  readonly place?: number | 'held-out';
  /** The DICOM file as a hospital would hold it: with name, dates and numbers. */
  write(): Promise<HospitalFile>;
}

/** A DICOM file with identifiers. */
export interface HospitalFile {
  readonly bytes: Uint8Array;
  readonly patientId: string;
  readonly studyInstanceUid: string;
}

/** Where the demo's films come from. */
export interface ArchiveSource {
  readonly films: readonly SourceFilm[];
  /** Files that belong to no comparison: broken ones, one with writing in it; the first hospital holds them as they are. */
  readonly oddities: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** What they are, in a sentence. */
  readonly says: string;
}
