import type { Membership, People, RequestHeaders, SignedBody } from '#identity';
import { SIGNATURE_HEADERS } from '#wire';
import { ANONYMOUS, type Caller } from './caller.ts';

/** Name of the session cookie. */
export const SESSION_COOKIE = 'unica_session';

/** A request before it is trusted. */
export interface UnknownRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  readonly body: SignedBody;
  /** True on routes for sites: only there are signatures looked at, so that enrolment can check its own. */
  readonly forSites: boolean;
}

/** Finds out who sent a request: a site by its signature, a person by token or session. */
export type Identify = (request: UnknownRequest) => Promise<Caller>;

/** Identifies by the registers of a house; only hubs know sites. */
export function identifyBy(registers: { readonly people: People; readonly membership?: Membership }): Identify {
  return async (request) => {
    if (
      request.forSites &&
      registers.membership !== undefined &&
      request.headers[SIGNATURE_HEADERS.site] !== undefined
    ) {
      const signer = await registers.membership.identify(request);
      return { kind: 'site', actor: `site:${signer.siteId}`, ...signer };
    }
    const authorization = request.headers['authorization'];
    if (typeof authorization === 'string' && authorization.startsWith('Bearer ')) {
      const person = await registers.people.token(authorization.slice(7));
      return person === undefined ? ANONYMOUS : { kind: 'person', actor: person.personId, person, csrfToken: null };
    }
    const cookie = request.cookies[SESSION_COOKIE];
    const session = cookie === undefined ? undefined : await registers.people.session(cookie);
    return session === undefined
      ? ANONYMOUS
      : { kind: 'person', actor: session.person.personId, person: session.person, csrfToken: session.csrfToken };
  };
}
