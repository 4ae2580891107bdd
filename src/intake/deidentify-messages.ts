import type { TransportedError } from '#base';
import type { DeidOption } from '#deid';

/** What a cleaning thread is given at its start. */
export interface CleaningSetup {
  readonly output: string;
  readonly siteId: string;
  readonly secret: Uint8Array;
  /** All options of the profile when undefined. */
  readonly profile: readonly DeidOption[] | undefined;
  /** Int32 [1]: not 0 when the thread is to begin no further file. */
  readonly stop: SharedArrayBuffer;
}

/** A file to clean: where it lies on the disk, or its bytes. */
export type CleaningTask = { readonly path: string } | { readonly bytes: Uint8Array };

/** What became of a file. */
export type CleaningResult =
  | { readonly kind: 'written'; readonly maskedLines: number }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not a file that a thread can read by itself: whoever listed it has to. */
  | { readonly kind: 'not-dicom' };

/** Results in the order of the tasks, fewer when it was stopped, or what stopped it. */
export type CleaningAnswer = { readonly results: readonly CleaningResult[] } | { readonly failure: TransportedError };
