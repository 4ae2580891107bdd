/** Lessons, in the order in which a newcomer takes them. */
export const LESSONS = [
  'together',
  'leaves',
  'averages',
  'masks',
  'budget',
  'calibration',
  'subgroups',
  'consent',
  'role',
] as const;

/** A lesson by name. */
export type LessonName = (typeof LESSONS)[number];

/** Answers that each lesson's question offers. */
export const LESSON_ANSWERS = ['a', 'b', 'c'] as const;

/** One of the answers. */
export type LessonAnswer = (typeof LESSON_ANSWERS)[number];

/** Which answer is right. */
export const RIGHT_ANSWERS: Readonly<Record<LessonName, LessonAnswer>> = {
  together: 'a',
  leaves: 'b',
  averages: 'b',
  masks: 'c',
  budget: 'a',
  calibration: 'c',
  subgroups: 'a',
  consent: 'b',
  role: 'c',
};

/** What each kind of learner begins with, the most needed first. */
export const TRACKS = {
  clinician: ['together', 'averages', 'calibration', 'subgroups', 'role', 'leaves', 'consent', 'masks', 'budget'],
  operator: ['together', 'leaves', 'masks', 'budget', 'consent', 'role', 'averages'],
  'protection-officer': ['leaves', 'consent', 'masks', 'budget', 'role', 'together', 'subgroups'],
  researcher: ['together', 'averages', 'calibration', 'subgroups', 'leaves', 'budget', 'masks', 'consent', 'role'],
  patient: ['together', 'leaves', 'consent', 'masks', 'subgroups', 'averages'],
} as const satisfies Readonly<Record<string, readonly LessonName[]>>;

/** A track by name: the role whose work it prepares for. */
export type TrackName = keyof typeof TRACKS;
