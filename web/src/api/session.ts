import { createContext, useContext } from 'react';
import type { Role, SessionView } from '#wire';

/** Who is looking and at which house; set once the first answer is there. */
export const SessionContext = createContext<SessionView | undefined>(undefined);

/** The session. @throws Error outside the shell, which never shows a page without one. */
export function useSession(): SessionView {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('no session above this component');
  return session;
}

/** True when the person holds one of the roles. */
export function holdsOneOf(session: SessionView, roles: readonly Role[]): boolean {
  return session.person?.roles.some((role) => roles.includes(role)) ?? false;
}

/** Where to sign in so that the person comes back to `path`. */
export function signInAddress(session: SessionView, path: string): string {
  const joint = session.signInUrl.includes('?') ? '&' : '?';
  return `${session.signInUrl}${joint}return=${encodeURIComponent(path)}`;
}
