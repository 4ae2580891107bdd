/** A share of one, 0 to 1, with the interval that holds the truth in `level` of the cases, where the model knows one. */
export interface Estimate {
  readonly value: number;
  readonly interval?: Interval | undefined;
}

/** Ends from 0 to 1; level such as 0.9. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** The model that looked. */
export interface ResultModel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of its weights, in hex: what was run, whatever it is called. */
  readonly digest: string;
  /** Whoever made it. */
  readonly manufacturer: string;
  /** The version whose results these replace, where there was one. */
  readonly replaces?: ReplacedResult | undefined;
}

/** An earlier result of the same examination by a model of the same name. */
export interface ReplacedResult {
  readonly version: string;
  readonly digest: string;
  /** SOP Instance UIDs of the images that it was of, where they are others: a view came later. */
  readonly images?: readonly string[] | undefined;
  /** Its `inputsSha256`; undefined for one from before results had it. */
  readonly inputsSha256?: string | undefined;
}

/** Elements of the patient and of the study as their images have them: text by keyword of DICOM, absent where empty. */
export type StudyElements = { readonly [keyword: string]: string | undefined };

/** A film or view that the model read. */
export interface ResultImage {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly seriesInstanceUid: string;
  /** As the image has it, such as MG, DX, CR. */
  readonly modality?: string | undefined;
  readonly frameOfReferenceUid?: string | undefined;
  readonly rows: number;
  readonly columns: number;
  /** [vertical, horizontal] distance of pixel centres in millimetres. */
  readonly spacingMm?: readonly [number, number] | undefined;
  readonly laterality?: 'L' | 'R' | undefined;
  /** ViewPosition: CC, MLO, ML, LM, PA, AP or LL. */
  readonly view?: string | undefined;
  /** As DICOM writes it: [row, column]. */
  readonly patientOrientation?: readonly [string, string] | undefined;
  readonly contentDate?: string | undefined;
  readonly contentTime?: string | undefined;
  /** What the model says of this image alone: the probability of what it looks for. */
  readonly score?: Estimate | undefined;
  readonly findings: readonly ResultFinding[];
  /** Where the model looked; undefined where no map was asked for. */
  readonly map?: ResultMap | undefined;
}

/** What a finding may be. */
export type FindingKind = 'mass' | 'calcifications' | 'distortion' | 'nodule' | 'opacity';

/** A place in an image that the model points at. Coordinates in pixels of the image, (0, 0) its top left corner. */
export interface ResultFinding {
  readonly kind: FindingKind;
  /** Probability that it is there, 0 to 1. */
  readonly probability: number;
  readonly centre: { readonly column: number; readonly row: number };
  /** Corners of a closed outline. */
  readonly outline?: readonly { readonly column: number; readonly row: number }[] | undefined;
}

/** A map over an image, coarse or fine. */
export interface ResultMap {
  readonly rows: number;
  readonly columns: number;
  /** [row, column], 0 to 1, row 0 at the top; spans the whole image. */
  readonly values: Float32Array;
  /** How it was made, such as Grad-CAM. */
  readonly method: string;
  /** False where a gate found that the map does not follow the model. */
  readonly faithful: boolean;
}

/** Why a study was not scored. */
export type RefusalReason =
  | 'modality'
  | 'body-part'
  | 'view'
  | 'for-processing'
  | 'laterality'
  | 'implant'
  | 'secondary-capture'
  | 'many-frames'
  | 'colour'
  | 'pixels'
  | 'unlike'
  | 'missing-views';

/** What came of it. */
export type ResultOutcome =
  | {
      readonly kind: 'scored';
      /** For the whole examination. */
      readonly score: Estimate;
      /** Risk of breast cancer within so many years. */
      readonly risks?: readonly { readonly years: number; readonly estimate: Estimate }[] | undefined;
      readonly density?: { readonly category: 'a' | 'b' | 'c' | 'd'; readonly probability: number } | undefined;
      /** Remarks on quality, in plain sentences. */
      readonly remarks?: readonly string[] | undefined;
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly says: string };

/** What a model says of an examination, before it is written down for anyone. Knows nothing of how it was reckoned. */
export interface ModelResult {
  readonly task: 'breast-risk' | 'chest-nodule';
  readonly study: StudyElements & { readonly StudyInstanceUID: string };
  readonly images: readonly ResultImage[];
  /** Digest, in hex, of what it comes of beside the model: whose images, which, what is in them and what was told. */
  readonly inputsSha256: string;
  readonly model: ResultModel;
  /** When it was reckoned: YYYYMMDD and HHMMSS, with the zone as +HHMM. */
  readonly reckoned: { readonly date: string; readonly time: string; readonly zone: string };
  readonly outcome: ResultOutcome;
}

/** Burned into every picture and said in every document, until an operator changes the model's status. */
export const RESEARCH_NOTE = 'AI, research use';

/** The note as a sentence. */
export const RESEARCH_SENTENCE = 'Made by an AI model for research use only; not a medical device.';
