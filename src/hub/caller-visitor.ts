import { requester, type Visitor } from '#access';
import type { Caller } from '#http';

/** A caller before the access office, with the seats that roles and posts give. */
export function visitorOf(caller: Caller): Visitor {
  if (caller.kind !== 'person') return requester(caller.actor);
  const { roles, posts } = caller.person;
  return {
    id: caller.actor,
    committeeOf: posts.filter(({ role }) => role === 'committee').map(({ siteId }) => siteId),
    isOfNetworkCommittee: roles.includes('committee'),
    readsAll: roles.includes('coordinator') || roles.includes('auditor'),
    isProgram: caller.csrfToken === null && roles.includes('researcher'),
  };
}
