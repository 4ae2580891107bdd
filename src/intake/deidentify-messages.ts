import type { TransportedError } from '#base';
import type { DeidOption, RegionRule, SiteWords } from '#deid';
import type { VaultLink } from '#vault';

/** What a cleaning thread is given at its start. */
export interface CleaningSetup {
  readonly output: string;
  readonly siteId: string;
  readonly secret: Uint8Array;
  /** All options of the profile when undefined. */
  readonly profile: readonly DeidOption[] | undefined;
  /** Words that the site lets stay in descriptions. */
  readonly siteWords: SiteWords | undefined;
  /** Rectangles of the site that are blacked out. */
  readonly regionRules: readonly RegionRule[] | undefined;
  /** Files that are there and whole are not made again. */
  readonly resume: boolean;
  /** Files are written beside their places, to be moved there once the vault knows whose they are. */
  readonly holdBack: boolean;
  /** Begins the names of files that are being written. */
  readonly mark: string;
  /** Int32 [1]: not 0 when the thread is to begin no further file. */
  readonly stop: SharedArrayBuffer;
}

/** A file to clean: where it lies on the disk, or its bytes. */
export type CleaningTask = { readonly path: string } | { readonly bytes: Uint8Array };

/** What became of a file. */
export type CleaningResult =
  | { readonly kind: 'written'; readonly maskedLines: number }
  | {
      readonly kind: 'held';
      readonly maskedLines: number;
      readonly link: VaultLink;
      readonly temporary: string;
      readonly path: string;
    }
  /** It was there from an earlier run. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not a file that a thread can read by itself: whoever listed it has to. */
  | { readonly kind: 'not-dicom' };

/** Left to a thread that has the time for it. */
export type LeftToThreads = { readonly kind: 'large' };

/** Results in the order of the tasks, fewer when it was stopped, or what stopped it. */
export type CleaningAnswer =
  | {
      readonly results: readonly (CleaningResult | LeftToThreads)[];
      /** What they kept the thread from anything else, in ms: waiting for the disk is not part of it. */
      readonly sumMs: number;
      /** Of the one that took the least: what a warm thread takes. */
      readonly fastestMs: number;
    }
  | { readonly failure: TransportedError };
