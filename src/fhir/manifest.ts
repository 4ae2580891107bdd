/** A code of some scheme, with its system's address as FHIR writes it. */
export interface ManifestCode {
  readonly system: string;
  readonly code: string;
  readonly display?: string | undefined;
}

/** An identifier with whoever issued it: an address such as `urn:oid:…`, or a plain name. */
export interface ManifestIdentifier {
  readonly value: string;
  readonly issuer?: string | undefined;
}

/** A moment as DICOM writes it, in local time. */
export interface ManifestMoment {
  /** YYYYMMDD */
  readonly date: string;
  /** HHMMSS and fractions, or nothing. */
  readonly time?: string | undefined;
}

/** An object that a manifest lists. */
export interface ManifestInstance {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly number?: number | undefined;
  readonly frames?: number | undefined;
}

/** A series that a manifest lists. */
export interface ManifestSeries {
  readonly seriesInstanceUid: string;
  readonly number?: number | undefined;
  readonly modality?: string | undefined;
  readonly description?: string | undefined;
  readonly region?: ManifestCode | undefined;
  readonly started?: ManifestMoment | undefined;
  /** Where the objects can be had (WADO-RS). */
  readonly retrieveUrl?: string | undefined;
  readonly retrieveLocationUid?: string | undefined;
  readonly instances: readonly ManifestInstance[];
}

/** What an imaging manifest says, whether it is written as a FHIR document or as a DICOM key object selection. */
export interface Manifest {
  /** Of the manifest itself: `urn:oid:` and a UID, or another identifier. */
  readonly document: ManifestIdentifier;
  readonly written: ManifestMoment;
  /** +HHMM, of all its moments. */
  readonly timezone: string;
  readonly title?: string | undefined;
  readonly studyInstanceUid: string;
  readonly studyDescription?: string | undefined;
  readonly studyStarted?: ManifestMoment | undefined;
  readonly accession?: ManifestIdentifier | undefined;
  readonly procedure?: string | undefined;
  /** Regions of the body that the study is of. */
  readonly regions?: readonly ManifestCode[] | undefined;
  readonly patient: {
    readonly id?: ManifestIdentifier | undefined;
    /** As DICOM writes it: family^given^middle^prefix^suffix. */
    readonly name?: string | undefined;
    /** YYYYMMDD */
    readonly birthDate?: string | undefined;
    readonly sex?: string | undefined;
  };
  readonly manufacturer?: string | undefined;
  readonly institution?: string | undefined;
  readonly series: readonly ManifestSeries[];
}

/** Modalities of the study, each once, in the order of its series. */
export function modalitiesOf({ series }: Manifest): readonly string[] {
  return [...new Set(series.flatMap(({ modality }) => modality ?? []))];
}
