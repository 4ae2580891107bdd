import { z } from 'zod';
import { UnicaError, utf8 } from '#base';
import { type Access, route, withEntityTag } from '#http';
import {
  acceptedSchema,
  accessDecisionSchema,
  accessRequestSchema,
  amendmentInputSchema,
  commentInputSchema,
  feeAnswerSchema,
  feeStatementSchema,
  idSchema,
  moveInputSchema,
  newAccessFormSchema,
  permitPolicySchema,
  permitTokenSchema,
  permitViewSchema,
  proseSchema,
  publicRegisterSchema,
  siteIdSchema,
  voteInputSchema,
  vouchedSchema,
  wordsSchema,
} from '#wire';
import { visitorOf } from './caller-visitor.ts';
import type { HubHouse } from './house.ts';
import { openRegister } from './open-register.ts';
import { publicRegister, registerCsv } from './public-register.ts';
import { sendRevocations } from './send-revocations.ts';

const READERS: Access = { roles: ['researcher', 'committee', 'coordinator', 'auditor'], at: 'anywhere' };
const COMMITTEES: Access = { roles: ['committee'], at: 'anywhere' };
const COMMITTEE_OF_SITE: Access = { roles: ['committee'], at: 'siteId' };
const ASKERS: Access = ['researcher'];

const requestParams = z.strictObject({ requestId: idSchema });
const holderParams = z.strictObject({ requestId: idSchema, siteId: siteIdSchema });

/** Requests for access, decisions, permits, and the public register of them. */
export function accessRoutes(hub: HubHouse) {
  const { access } = hub;
  const register = openRegister({
    clock: hub.clock,
    head: async () => (await hub.journal.at('head'))?.sequence ?? 0,
    make: async () => await publicRegister(hub),
  });
  /** A step that may end permits: their sites are told before it is answered. */
  const tellingSites = async <Reply>(step: Promise<Reply>): Promise<Reply> => {
    const reply = await step;
    await sendRevocations(hub);
    return reply;
  };
  return [
    route({
      method: 'GET',
      path: '/api/access-requests',
      access: READERS,
      summary: 'Requests for access that the caller may read: their own, those of their committee, or all',
      reply: z.strictObject({ requests: z.array(accessRequestSchema) }),
      handle: async ({ caller }) => ({ requests: [...(await access.requests(visitorOf(caller)))] }),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests',
      access: ASKERS,
      summary: 'Ask holders for access to a basket of datasets for a purpose',
      body: newAccessFormSchema,
      reply: accessRequestSchema,
      handle: async ({ body, caller }) => await access.submit(body, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/drafts',
      access: ASKERS,
      summary: 'Keep a request that only its writer reads, with how the conditions of the datasets stand to it',
      body: newAccessFormSchema,
      reply: accessRequestSchema,
      handle: async ({ body, caller }) => await access.draft(body, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/access-requests/:requestId',
      access: READERS,
      summary: 'A request with its holders, matching and record, as far as the caller may read it',
      params: requestParams,
      reply: accessRequestSchema,
      handle: async ({ params, caller }) => await access.request(params.requestId, visitorOf(caller)),
    }),
    route({
      method: 'GET',
      path: '/api/access-requests/:requestId/vouched',
      access: READERS,
      summary: 'What trusted issuers vouch for of whoever asked, in force now; it gives no right',
      params: requestParams,
      reply: vouchedSchema,
      async handle({ params, caller }) {
        const { requestedBy } = await access.request(params.requestId, visitorOf(caller));
        return { visas: [...(await hub.visasOf(requestedBy))] };
      },
    }),
    route({
      method: 'PUT',
      path: '/api/access-requests/:requestId',
      access: ASKERS,
      summary: "Change a draft, or a request while it is the requester's turn",
      params: requestParams,
      body: newAccessFormSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) => await access.revise(params.requestId, body, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/sending',
      access: ASKERS,
      summary: 'Send a draft to the holders',
      params: requestParams,
      reply: accessRequestSchema,
      handle: async ({ params, caller }) => await access.send(params.requestId, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/comments',
      access: READERS,
      summary: 'Comment on a request, for all who read it or for the committee of one holder alone',
      params: requestParams,
      body: commentInputSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) => await access.comment(params.requestId, body, visitorOf(caller)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/amendment',
      access: ASKERS,
      summary: 'Ask for something else, or longer, under a request that was decided',
      params: requestParams,
      body: amendmentInputSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await tellingSites(access.amend(params.requestId, body, caller.actor)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/withdrawal',
      access: ASKERS,
      summary: 'Take a request back; its permits end at once',
      params: requestParams,
      body: wordsSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await tellingSites(access.withdraw(params.requestId, body.text, caller.actor)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/decision',
      access: COMMITTEES,
      summary: 'One vote for every holder that the caller may decide for; granting issues one permit for each dataset',
      params: requestParams,
      body: accessDecisionSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await tellingSites(access.decide(params.requestId, body, visitorOf(caller))),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/holders/:siteId/votes',
      access: COMMITTEE_OF_SITE,
      summary: "A member's vote; the one that makes a quorum and a majority decides for that holder's datasets",
      params: holderParams,
      body: voteInputSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await tellingSites(access.vote(params.requestId, params.siteId, body, visitorOf(caller))),
    }),
    route({
      method: 'PUT',
      path: '/api/access-requests/:requestId/holders/:siteId/fee',
      access: COMMITTEE_OF_SITE,
      summary: 'State what a grant will cost, item by item, before the vote',
      params: holderParams,
      body: feeStatementSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await access.stateFee(params.requestId, params.siteId, body.fee, visitorOf(caller)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/holders/:siteId/fee-answer',
      access: ASKERS,
      summary: 'Accept the fee of a grant, and get its permits; or do not',
      params: holderParams,
      body: feeAnswerSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await tellingSites(access.answerFee(params.requestId, params.siteId, body, caller.actor)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/holders/:siteId/recusal',
      access: COMMITTEE_OF_SITE,
      summary: 'Stand aside for a conflict of interest',
      params: holderParams,
      body: wordsSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await access.recuse(params.requestId, params.siteId, body.text, visitorOf(caller)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/holders/:siteId/state',
      access: COMMITTEE_OF_SITE,
      summary: "Tell where the holder's work on a request stands",
      params: holderParams,
      body: moveInputSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await access.move(params.requestId, params.siteId, body, visitorOf(caller)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/holders/:siteId/question',
      access: COMMITTEE_OF_SITE,
      summary: "Ask the requester back: it is then the requester's turn",
      params: holderParams,
      body: wordsSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await access.ask(params.requestId, params.siteId, body.text, visitorOf(caller)),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/holders/:siteId/answer',
      access: ASKERS,
      summary: "Answer a holder: it is then the holder's turn",
      params: holderParams,
      body: wordsSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await access.answer(params.requestId, params.siteId, body.text, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/access-requests/:requestId/holders/:siteId/appeal',
      access: ASKERS,
      summary: 'Appeal against a refusal, once and within thirty days: other members decide anew',
      params: holderParams,
      body: wordsSchema,
      reply: accessRequestSchema,
      handle: async ({ params, body, caller }) =>
        await access.appeal(params.requestId, params.siteId, body.text, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/permits',
      access: READERS,
      summary: 'Permits of the requests that the caller may read',
      reply: z.strictObject({ permits: z.array(permitViewSchema) }),
      handle: async ({ caller }) => ({ permits: [...(await access.permits(visitorOf(caller)))] }),
    }),
    route({
      method: 'GET',
      path: '/api/permits/:permitId/token',
      access: ASKERS,
      summary: 'The signed token of a permit that was issued to oneself, for jobs that do not come through this hub',
      params: z.strictObject({ permitId: idSchema }),
      reply: permitTokenSchema,
      async handle({ params, caller }) {
        const own = (await access.requests(visitorOf(caller))).find(
          ({ isOwn, permitIds }) => isOwn && permitIds.includes(params.permitId),
        );
        if (own === undefined) throw new UnicaError('http.not-found', { what: 'permit of that number' });
        const token = await access.token(params.permitId);
        await hub.journal.append({
          actor: caller.actor,
          action: 'permit.token-read',
          subject: params.permitId,
          facts: {},
        });
        return { token };
      },
    }),
    route({
      method: 'GET',
      path: '/api/permits/:permitId/policy',
      access: READERS,
      summary: 'What the site of a permit holds it against, clause by clause, and as text of the language Cedar',
      params: z.strictObject({ permitId: idSchema }),
      reply: permitPolicySchema,
      async handle({ params, caller }) {
        const { clauses, cedar } = await access.policy(params.permitId, visitorOf(caller));
        return { clauses: clauses.map(({ id, effect, says }) => ({ id, effect, says })), cedar };
      },
    }),
    route({
      method: 'POST',
      path: '/api/permits/:permitId/revocation',
      access: COMMITTEES,
      summary: 'Revoke a permit: its site is told at once, and what runs under it stops',
      params: z.strictObject({ permitId: idSchema }),
      body: z.strictObject({ because: proseSchema(1000).default('') }).optional(),
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await access.revoke(params.permitId, visitorOf(caller), body?.because ?? '');
        await sendRevocations(hub);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/register',
      access: 'public',
      summary: 'The public register of projects, permits and results, and refusals by reason; it names nobody',
      reply: publicRegisterSchema,
      handle: async () => await register(),
    }),
    route({
      method: 'GET',
      path: '/api/register.csv',
      access: 'public',
      summary: 'The public register as a table for spreadsheets',
      reply: 'stream',
      handle: async ({ headers }) =>
        withEntityTag(
          {
            status: 200,
            headers: {
              'content-type': 'text/csv; charset=utf-8',
              'content-disposition': 'attachment; filename="public-register.csv"',
            },
            body: utf8(registerCsv(await register())),
          },
          headers['if-none-match'],
        ),
    }),
  ];
}
