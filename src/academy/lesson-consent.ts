import { type LeftOutBy, leftOutBy } from '#consent';
import { CONSENT_PRESETS, type ConsentPurpose } from '#wire';

/** What people may have said, in the words of the two ledgers. */
export const LESSON_SAYINGS = ['nothing', 'public-research', 'everything', 'opted-out', 'allowed-then-out'] as const;

/** One of the things people may have said. */
export type LessonSaying = (typeof LESSON_SAYINGS)[number];

/** How a project may use a dataset. */
export interface LessonBasis {
  /** The purpose that each person has to allow; null where the law is the basis. */
  readonly purpose: ConsentPurpose | null;
  /** A law of the country lets opted-out people in for this project. */
  readonly isLifted: boolean;
}

const ALLOWED: Readonly<Record<LessonSaying, readonly ConsentPurpose[]>> = {
  nothing: [],
  'public-research': CONSENT_PRESETS['public-research'],
  everything: CONSENT_PRESETS.everything,
  'opted-out': [],
  'allowed-then-out': CONSENT_PRESETS.everything,
};

/** Which ledger leaves somebody out who said so, by the rule of the node; null where she is used. */
export function lessonLeftOut(saying: LessonSaying, { purpose, isLifted }: LessonBasis): LeftOutBy | null {
  const says = {
    isOptedOut: saying === 'opted-out' || saying === 'allowed-then-out',
    covers: (wanted: ConsentPurpose) => ALLOWED[saying].includes(wanted),
  };
  const basis =
    purpose === null
      ? ({ kind: 'law', reference: 'ehds-art-51' } as const)
      : ({ kind: 'consent', purpose, reference: 'gdpr-consent' } as const);
  return leftOutBy(says, basis, () => isLifted);
}
