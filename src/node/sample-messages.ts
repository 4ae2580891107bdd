import type { ErrorCode, ErrorFacts } from '#base';
import type { RegionRule, SiteSecret, SiteWords } from '#deid';
import type { DeidentificationSample } from '#wire';

/** A file that is to be de-identified for the eye only. */
export interface SampleOrder {
  /** Undefined for a synthetic one, which the thread makes. */
  readonly bytes: Uint8Array | undefined;
  /** The frame that is shown; the first is 0. */
  readonly frame: number;
  readonly site: SiteSecret;
  readonly siteWords: SiteWords;
  readonly regionRules: readonly RegionRule[];
}

/** What the thread answers. */
export type SampleReply =
  | { readonly kind: 'done'; readonly sample: DeidentificationSample }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly facts: ErrorFacts };
