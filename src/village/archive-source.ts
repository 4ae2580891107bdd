/** One film of a source, before it is given to a hospital. */
export interface SourceFilm {
  /** Films of one person stay together. */
  readonly person: string;
  readonly positive: boolean;
  /** Findings of the clinical table. */
  readonly findings: readonly string[];
  /** True where the source itself keeps it apart for testing. */
  readonly heldOut?: boolean;
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
  /** Files that are no usable films; they are given to the first hospital as they are, for its import to answer. */
  readonly unreadable: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** What they are, in a sentence. */
  readonly says: string;
  /** Finding that is learned. */
  readonly finding: string;
  readonly synthetic: boolean;
}
