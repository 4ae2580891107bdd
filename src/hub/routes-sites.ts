import { z } from 'zod';
import { route } from '#http';
import {
  enrolmentCodeReplySchema,
  enrolmentCodeRequestSchema,
  memberListSchema,
  renewalRequestSchema,
  siteIdSchema,
  standingReplySchema,
  standingRequestSchema,
} from '#wire';
import type { HubHouse } from './house.ts';
import { changeStanding, inviteSite, membersView, renewSite } from './members.ts';

const siteParams = z.strictObject({ siteId: siteIdSchema });

/** Who belongs to the network: invitations, approval, suspension, reinstatement, ejection, new codes for lost keys. */
export function siteRoutes(hub: HubHouse) {
  return [
    route({
      method: 'POST',
      path: '/api/enrolment-codes',
      access: ['coordinator'],
      summary: 'Invite a site: a one-time code, shown once',
      body: enrolmentCodeRequestSchema,
      reply: enrolmentCodeReplySchema,
      handle: async ({ body, caller }) => await inviteSite(hub, body, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/sites',
      access: ['coordinator', 'auditor'],
      summary: 'The sites with their software, keys, clocks and readiness',
      reply: memberListSchema,
      handle: async () => ({ members: [...(await membersView(hub))] }),
    }),
    route({
      method: 'POST',
      path: '/api/sites/:siteId/standing',
      access: ['coordinator'],
      summary: 'Approve, suspend, reinstate or eject a site; effective at once',
      params: siteParams,
      body: standingRequestSchema,
      reply: standingReplySchema,
      handle: async ({ params, body, caller }) => ({
        siteId: params.siteId,
        state: await changeStanding(hub, params.siteId, body, caller.actor),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/sites/:siteId/renewal',
      access: ['coordinator'],
      summary: 'A one-time code for a site that has lost its key; it keeps its name and history',
      params: siteParams,
      body: renewalRequestSchema,
      reply: enrolmentCodeReplySchema,
      handle: async ({ params, body, caller }) => await renewSite(hub, params.siteId, body.because, caller.actor),
    }),
  ];
}
