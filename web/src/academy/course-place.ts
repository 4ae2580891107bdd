import { useCallback, useState } from 'react';
import { type CourseMembership, courseMembershipSchema } from '#wire';

const STORAGE_KEY = 'unica-academy-course';

/** The course that this browser takes part in, where it does. */
export function useCoursePlace() {
  const [place, setPlace] = useState<CourseMembership | null>(stored);
  const take = useCallback((membership: CourseMembership | null) => {
    setPlace(membership);
    try {
      if (membership === null) localStorage.removeItem(STORAGE_KEY);
      else localStorage.setItem(STORAGE_KEY, JSON.stringify(membership));
    } catch {
      // Storage can be switched off; the place then lasts for this page.
    }
  }, []);
  return { place, take };
}

function stored(): CourseMembership | null {
  try {
    return courseMembershipSchema.safeParse(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? 'null')).data ?? null;
  } catch {
    return null;
  }
}
