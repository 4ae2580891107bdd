/** Lessons, in the order in which a newcomer takes them. */
export const LESSONS = ['averages', 'masks', 'budget'] as const;

/** A lesson by name. */
export type LessonName = (typeof LESSONS)[number];

/** Answers that each lesson's question offers. */
export const LESSON_ANSWERS = ['a', 'b', 'c'] as const;

/** One of the answers. */
export type LessonAnswer = (typeof LESSON_ANSWERS)[number];

/** Which answer is right. */
export const RIGHT_ANSWERS: Readonly<Record<LessonName, LessonAnswer>> = { averages: 'b', masks: 'c', budget: 'a' };

/** What each kind of learner begins with, the most needed first. */
export const TRACKS = {
  clinician: ['averages', 'masks', 'budget'],
  operator: ['masks', 'budget', 'averages'],
  'protection-officer': ['masks', 'budget'],
  researcher: ['averages', 'budget', 'masks'],
  patient: ['masks', 'averages'],
} as const satisfies Readonly<Record<string, readonly LessonName[]>>;

/** A track by name: the role whose work it prepares for. */
export type TrackName = keyof typeof TRACKS;
