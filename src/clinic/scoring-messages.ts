import type { TransportedError } from '#base';
import type { FhirResource } from '#fhir';
import type { ModelResult, ReplacedResult, ResultObject } from '#results';
import type { Correction } from './corrected-result.ts';

/** A study to be scored. */
export interface ScoringOrder {
  /** Folder of the model. */
  readonly folder: string;
  /** What results call it. */
  readonly name: string;
  /** The version that its owner enabled; a folder that holds another by now is not used. Undefined: whatever is there. */
  readonly expects?: { readonly version: string; readonly digest: string } | undefined;
  /** DICOM files of one study of one person. */
  readonly paths: readonly string[];
  readonly siteId?: string | undefined;
  /** When it is reckoned, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Earlier results that may be replaced, newest first, with the SOP Instance UIDs of their images. */
  readonly earlier?: readonly EarlierResult[] | undefined;
  /** How the site makes scores fit what it sees; the model's own where absent. */
  readonly correction?: Correction | undefined;
  /** Which objects of the results are made; none where absent. */
  readonly forms?: ScoringForms | undefined;
}

/** An earlier result of the study by a model of that name. */
export type EarlierResult = ReplacedResult & { readonly images: readonly string[] };

/** Objects that are made of a result. */
export interface ScoringForms {
  readonly reports: boolean;
  readonly segmentations: boolean;
  readonly heatMaps: boolean;
  readonly document: boolean;
}

/** A result of a study with what is made of it. */
export interface ScoredResult {
  readonly result: ModelResult;
  /** What the model was given of each film; the digest knows no person and no UID. */
  readonly inputs: readonly { readonly sopInstanceUid: string; readonly sha256: string }[];
  /** What the model made of the film or exam just before its answer: only to be held beside others of that version. */
  readonly embedding?: Float32Array | undefined;
  /** What its scores were moved with; absent where they are the model's own. */
  readonly correction?: Correction | undefined;
  readonly objects: readonly ResultObject[];
  readonly document: FhirResource | undefined;
}

/** What a scoring process is asked. */
export type ScoringRequest = ScoringOrder & { readonly number: number };

/** What it answers. */
export type ScoringReply = { readonly number: number } & (
  | { readonly kind: 'scored'; readonly results: readonly ScoredResult[]; readonly processorMs: number }
  | { readonly kind: 'failed'; readonly error: TransportedError }
);
