/** How bad: an error keeps an image from being used, a warning makes it worth less, an info is to be known. */
export type Severity = 'info' | 'warning' | 'error';

/** Names of the checks. */
export type CheckName =
  | 'decodable'
  | 'size'
  | 'constant'
  | 'clipped'
  | 'nearly-empty'
  | 'bits'
  | 'inverted'
  | 'modality'
  | 'body-part'
  | 'manufacturer'
  | 'acquisition-date'
  | 'sex'
  | 'age'
  | 'pixel-spacing'
  | 'burned-in'
  | 'lossy';

/** One thing that was noticed, in words for the person who can mend it. */
export interface QualityFinding {
  readonly check: CheckName;
  readonly severity: Severity;
  readonly message: string;
  /** The next step. */
  readonly mend: string;
}
