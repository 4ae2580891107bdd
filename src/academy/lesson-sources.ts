import type { LessonName } from './lessons.ts';

/** Laws of the Union that lessons are about, each with the page of its text. */
export const LESSON_LAWS = {
  gdpr: 'https://eur-lex.europa.eu/eli/reg/2016/679/oj',
  ehds: 'https://eur-lex.europa.eu/eli/reg/2025/327/oj',
  dga: 'https://eur-lex.europa.eu/eli/reg/2022/868/oj',
  'ai-act': 'https://eur-lex.europa.eu/eli/reg/2024/1689/oj',
} as const;

/** Articles of a law that a lesson rests on. */
export interface LessonSource {
  readonly law: keyof typeof LESSON_LAWS;
  /** Such as `7(3), 9`: article, paragraph, point. */
  readonly articles: string;
}

/** What each lesson rests on; nothing where it is about numbers alone. */
export const LESSON_SOURCES: Readonly<Record<LessonName, readonly LessonSource[]>> = {
  together: [],
  leaves: [
    { law: 'gdpr', articles: '4(1), 5(1)(c), 25' },
    { law: 'ehds', articles: '66, 73' },
  ],
  averages: [],
  masks: [{ law: 'gdpr', articles: '25, 32' }],
  budget: [{ law: 'gdpr', articles: '25, 32' }],
  calibration: [{ law: 'ai-act', articles: '13(3), 15(3)' }],
  subgroups: [{ law: 'ai-act', articles: '10(2)(f), 10(3), 15, 26(4), 26(5)' }],
  consent: [
    { law: 'gdpr', articles: '4(11), 6, 7, 9, 21, 89' },
    { law: 'ehds', articles: '53, 54, 68, 71, 105' },
    { law: 'dga', articles: '2(16), 16–25' },
  ],
  role: [{ law: 'ai-act', articles: '2(6), 3(3), 3(4), 4, 6(1), 14, 16, 25(1), 26' }],
};
