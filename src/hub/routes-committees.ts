import { z } from 'zod';
import { UnicaError } from '#base';
import { type Access, route } from '#http';
import {
  absenceInputSchema,
  absenceSchema,
  acceptedSchema,
  committeeListSchema,
  idSchema,
  postInvitationSchema,
  postSchema,
  quorumInputSchema,
  redeemPostSchema,
  siteIdSchema,
} from '#wire';
import type { HubHouse } from './house.ts';

/** The coordinator of the network, or whoever coordinates at that holder. */
const COORDINATORS: Access = { roles: ['coordinator'], at: 'siteId' };

const siteParams = z.strictObject({ siteId: siteIdSchema });

/** Who decides for which holder: committees, their quorum, and how people come to sit on them. */
export function committeeRoutes(hub: HubHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/committees',
      access: { roles: ['coordinator', 'committee', 'auditor'], at: 'anywhere' },
      summary: 'Who decides for each holder, and with how many votes',
      reply: committeeListSchema,
      async handle({ caller }) {
        const [sites, held, quorums] = await Promise.all([
          hub.membership.sites(),
          hub.posts.held(),
          hub.access.quorums(),
        ]);
        return {
          committees: sites
            .filter(({ state }) => state !== 'ejected')
            .map(({ siteId }) => {
              const members = held.filter((post) => post.siteId === siteId && post.role === 'committee');
              return {
                siteId,
                isOwn: members.length > 0,
                quorum: quorums.get(siteId) ?? 1,
                members: members.map(
                  ({ postId, personId, name, sinceMs, awayUntilMs, plannedAway, standsInUntilMs }) => ({
                    postId,
                    personId,
                    name,
                    sinceMs,
                    awayUntilMs,
                    plannedAway,
                    standsInUntilMs,
                    isOwn: personId === caller.actor,
                  }),
                ),
              };
            }),
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/committees/:siteId/quorum',
      access: COORDINATORS,
      summary: "How many votes a holder's committee decides with; holds for requests that are sent from now on",
      params: siteParams,
      body: quorumInputSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await checkMember(hub, params.siteId);
        await hub.access.setQuorum(params.siteId, body.quorum, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/committees/:siteId/invitations',
      access: COORDINATORS,
      summary: "Invite somebody to a holder's committee: a one-time code, shown once",
      params: siteParams,
      reply: postInvitationSchema,
      async handle({ params, caller }) {
        await checkMember(hub, params.siteId);
        const post = { role: 'committee' as const, siteId: params.siteId };
        const invitation = await hub.posts.invite(post);
        await hub.journal.append({
          actor: caller.actor,
          action: 'post.invited',
          subject: params.siteId,
          facts: { role: post.role, expiresAtMs: invitation.expiresAtMs },
        });
        return { ...post, ...invitation };
      },
    }),
    route({
      method: 'POST',
      path: '/api/posts',
      access: 'signed-in',
      summary: 'Take up a post by the code of an invitation',
      body: redeemPostSchema,
      reply: postSchema,
      async handle({ body, caller }) {
        const post = await hub.posts.redeem(body.code, caller.actor);
        await hub.journal.append({
          actor: caller.actor,
          action: 'post.taken',
          subject: post.siteId,
          facts: { role: post.role },
        });
        return post;
      },
    }),
    route({
      method: 'POST',
      path: '/api/posts/:postId/absence',
      access: 'signed-in',
      summary: 'Be away from a post of one’s own for a time; a stand-in takes up the seat by a code that is shown once',
      params: z.strictObject({ postId: idSchema }),
      body: absenceInputSchema,
      reply: absenceSchema,
      async handle({ params, body, caller }) {
        const { siteId, role, absenceId, fromMs, untilMs, code } = await hub.posts.leave(
          params.postId,
          caller.actor,
          body,
        );
        await hub.journal.append({
          actor: caller.actor,
          action: 'post.absence-told',
          subject: siteId,
          because: absenceId,
          facts: { role, fromMs, untilMs, standIn: body.standIn },
        });
        return { code, fromMs, untilMs };
      },
    }),
    route({
      method: 'POST',
      path: '/api/posts/:postId/return',
      access: 'signed-in',
      summary: 'Be back before the day: who stood in acts no longer',
      params: z.strictObject({ postId: idSchema }),
      reply: acceptedSchema,
      async handle({ params, caller }) {
        const { siteId, role, absenceId, untilMs } = await hub.posts.comeBack(params.postId, caller.actor);
        await hub.journal.append({
          actor: caller.actor,
          action: 'post.absence-over',
          subject: siteId,
          because: absenceId,
          facts: { role, person: caller.actor, untilMs },
        });
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/posts/:postId/end',
      access: ['coordinator'],
      summary: 'End a post: from now on its holder decides nothing there',
      params: z.strictObject({ postId: idSchema }),
      reply: acceptedSchema,
      async handle({ params, caller }) {
        const post = await hub.posts.end(params.postId);
        await hub.journal.append({
          actor: caller.actor,
          action: 'post.ended',
          subject: post.siteId,
          facts: { role: post.role, person: post.personId },
        });
        await hub.access.followSeats();
        return { accepted: true as const };
      },
    }),
  ];
}

/** @throws UnicaError `http.not-found`. */
async function checkMember(hub: HubHouse, siteId: string): Promise<void> {
  const sites = await hub.membership.sites();
  if (!sites.some((site) => site.siteId === siteId && site.state !== 'ejected')) {
    throw new UnicaError('http.not-found', { what: 'site of that name' });
  }
}
