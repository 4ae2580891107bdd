import { requester, type Visitor } from '#access';
import type { Caller } from '#http';

/** A caller before the access office, with the seats that roles and posts give. */
export function visitorOf(caller: Caller): Visitor {
  if (caller.kind !== 'person') return requester(caller.actor);
  const { roles } = caller.person;
  const posts = caller.person.posts.filter(({ role }) => role === 'committee');
  const own = new Set(posts.filter((post) => post.standsInFor === undefined).map(({ siteId }) => siteId));
  return {
    id: caller.actor,
    committeeOf: [...new Set(posts.map(({ siteId }) => siteId))],
    // Whoever has a seat of their own sits in that.
    standsInFor: new Map(
      posts.flatMap(({ siteId, standsInFor }) =>
        standsInFor === undefined || own.has(siteId) ? [] : [[siteId, standsInFor] as const],
      ),
    ),
    isOfNetworkCommittee: roles.includes('committee'),
    readsAll: roles.includes('coordinator') || roles.includes('auditor'),
    isProgram: caller.csrfToken === null && roles.includes('researcher'),
  };
}
