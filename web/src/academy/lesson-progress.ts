import { useCallback, useMemo, useState } from 'react';
import { LESSONS, type LessonName, RIGHT_ANSWERS } from '#academy';

const STORAGE_KEY = 'unica-academy';

/** Right answers by their lessons, as they were chosen here. */
export type KeptAnswers = Readonly<Partial<Record<LessonName, string>>>;

/** Lessons whose question this browser saw answered rightly, with the answers. They stay here until their learner hands them to a house. */
export function useLessonProgress() {
  const [answers, setAnswers] = useState<KeptAnswers>(stored);
  const done = useMemo(() => new Set(LESSONS.filter((lesson) => answers[lesson] !== undefined)), [answers]);
  const finish = useCallback((lesson: LessonName, answer: string) => {
    const now = { ...stored(), [lesson]: answer };
    setAnswers(now);
    keep(now);
  }, []);
  const forget = useCallback(() => {
    setAnswers({});
    keep({});
  }, []);
  return { answers, done, finish, forget };
}

function keep(answers: KeptAnswers): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(answers));
  } catch {
    // Storage can be switched off; what was done then lasts for this page.
  }
}

function stored(): KeptAnswers {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      LESSONS.filter((lesson) => Reflect.get(kept, lesson) === RIGHT_ANSWERS[lesson]).map((lesson) => [
        lesson,
        RIGHT_ANSWERS[lesson],
      ]),
    );
  } catch {
    return {};
  }
}
