import { useCallback, useState } from 'react';
import { LESSONS, type LessonName } from '#academy';

const STORAGE_KEY = 'unica-academy';

/** Lessons whose question this browser saw answered rightly. Nothing of it is sent to anybody. */
export function useLessonProgress() {
  const [done, setDone] = useState<ReadonlySet<LessonName>>(stored);
  const finish = useCallback((lesson: LessonName) => {
    const now = new Set([...stored(), lesson]);
    setDone(now);
    keep([...now]);
  }, []);
  const forget = useCallback(() => {
    setDone(new Set());
    keep([]);
  }, []);
  return { done, finish, forget };
}

function keep(lessons: readonly LessonName[]): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(lessons));
  } catch {
    // Storage can be switched off; what was done then lasts for this page.
  }
}

function stored(): ReadonlySet<LessonName> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return new Set(LESSONS.filter((lesson) => Array.isArray(kept) && kept.includes(lesson)));
  } catch {
    return new Set();
  }
}
