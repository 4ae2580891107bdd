import type { CheckName, DimensionScore, Severity } from '#quality';

/** One image of the archive with what was found in it by itself. */
export interface CheckedImage {
  readonly studyInstanceUid: string;
  /** JSON array of findings. */
  readonly quality: string;
  /** JSON record; null for an image that came before there were any. */
  readonly record: string | null;
}

/** How good the archive is. */
export interface QualityOfArchive {
  readonly images: number;
  /** Images that came before they could be compared with others. */
  readonly unrecorded: number;
  /** 0 to 100. */
  readonly score: number;
  readonly findings: number;
  readonly dimensions: readonly DimensionScore[];
  /** Smallest distance of pixels in mm of all images; null where none says it. */
  readonly smallestSpacingMm: number | null;
  readonly checks: readonly CheckInArchive[];
}

/** What a check found in the archive. */
export interface CheckInArchive {
  readonly check: CheckName;
  readonly severity: Severity;
  readonly message: string;
  readonly mend: string;
  readonly images: number;
  /** Pseudonymous UIDs of some examinations that it was found in. */
  readonly studies: readonly string[];
}
