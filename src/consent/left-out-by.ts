import type { ConsentPurpose } from '#wire';
import type { DatasetBasis } from './dataset-basis.ts';

/** What the two ledgers say of one person. */
export interface PersonSays {
  readonly isOptedOut: boolean;
  /** Whether a consent to a purpose is in force. */
  covers(purpose: ConsentPurpose): boolean;
}

/** The ledger that keeps a person out. */
export type LeftOutBy = 'opt-out' | 'no-consent';

/**
 * Which ledger leaves a person out of a dataset; null where she may be used. The ledgers are never mixed: a consent does not lift an opt-out,
 * and a law that lifts opt-outs gives no consent.
 * @param isLifted whether a law lets opted-out people in for this project; asked for those alone
 */
export function leftOutBy(person: PersonSays, basis: DatasetBasis, isLifted: () => boolean): LeftOutBy | null {
  if (person.isOptedOut && !isLifted()) return 'opt-out';
  return basis.kind === 'consent' && !person.covers(basis.purpose) ? 'no-consent' : null;
}
