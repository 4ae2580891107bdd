import { UnicaError } from '#base';
import type { Person } from '#identity';
import type { Role } from '#wire';

/** Who sent a request. `actor` is what the audit journal calls them: an id, never a name. */
export type Caller =
  | { readonly kind: 'anonymous'; readonly actor: 'anonymous' }
  | {
      readonly kind: 'person';
      readonly actor: string;
      readonly person: Person;
      /** The token a write must repeat in `x-unica-csrf`; null for API tokens, which no browser sends by itself. */
      readonly csrfToken: string | null;
    }
  | {
      readonly kind: 'site';
      readonly actor: string;
      readonly siteId: string;
      readonly nonce: string;
      /** When the request was signed, by the site's own clock. */
      readonly signedAtMs: number;
      readonly publicKey: string;
    };

/** Nobody in particular. */
export const ANONYMOUS: Caller = { kind: 'anonymous', actor: 'anonymous' };

/**
 * Roles at an organisation: `at` names the parameter of the path that says at which, and the role in the network counts as well;
 * without it the role at any one organisation lets in, and the handler answers by what it is.
 */
export interface PostAccess {
  readonly roles: readonly Role[];
  readonly at: string | 'anywhere';
}

/** Who may use a route: declared beside it, enforced by the server, tried for every role by the access matrix. */
export type Access = 'public' | 'signed-in' | 'site' | readonly Role[] | PostAccess;

/** Parameters of a path as they came. */
export type PathParams = Readonly<Record<string, string | undefined>>;

/**
 * Lets the caller pass or says why not.
 * @throws UnicaError `http.sign-in-needed`, `http.not-allowed`.
 */
export function checkAccess(access: Access, caller: Caller, params: PathParams = {}): void {
  if (access === 'public') return;
  if (caller.kind === 'anonymous') throw new UnicaError('http.sign-in-needed');
  if (!allows(access, caller, params)) throw new UnicaError('http.not-allowed');
}

/** True when the declaration lets the caller in. */
export function allows(access: Access, caller: Caller, params: PathParams = {}): boolean {
  if (access === 'public') return true;
  if (access === 'site') return caller.kind === 'site';
  if (caller.kind !== 'person') return false;
  if (access === 'signed-in') return true;
  const { roles, posts } = caller.person;
  if (!('roles' in access)) return access.some((role) => roles.includes(role));
  if (access.roles.some((role) => roles.includes(role))) return true;
  return posts.some(
    ({ role, siteId }) => access.roles.includes(role) && (access.at === 'anywhere' || params[access.at] === siteId),
  );
}
