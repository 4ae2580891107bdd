import { z } from 'zod';
import { route } from '#http';
import {
  acceptedSchema,
  idSchema,
  judgementSchema,
  openedStudySchema,
  opinionsSchema,
  ownReadSchema,
  planSchema,
  planSheetSchema,
  readingListQuerySchema,
  readingListSchema,
  readingQualitySchema,
  readingSettingsSchema,
  readingSettingsViewSchema,
  recordedReadSchema,
  similarCasesSchema,
  similarPermitSchema,
  similarPermitsSchema,
  similarPermitWishSchema,
  similarQuestionSchema,
} from '#wire';
import { studyParams } from './dicomweb-requests.ts';
import type { NodeHouse } from './house.ts';

/** Who reads: a clinician of this organisation, whose node it is. */
const READERS = ['clinician'] as const;

const permitParams = z.strictObject({ permitId: idSchema });
const readingParams = z.strictObject({ readingId: idSchema });

/** Studies read by clinicians of this house, with a model's opinion after their own. */
export function readingRoutes({ reading, plans, readingSettings, similar, similarPermits, clinic }: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/reading/studies',
      access: READERS,
      summary: 'Mammograms and films of the archive, newest first; nobody who opted out is among them',
      query: readingListQuerySchema,
      reply: readingListSchema,
      handle: async ({ query, caller }) => await reading.list(caller.actor, query),
    }),
    route({
      method: 'POST',
      path: '/api/reading/studies/:study/preparations',
      access: READERS,
      summary: 'Have the small pictures of a study drawn at the node before it is opened; nothing is given',
      params: studyParams,
      reply: acceptedSchema,
      async handle({ params }) {
        await reading.prepare(params.study);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/reading/studies/:study/openings',
      access: READERS,
      summary: 'Open a study to read it; the journal has every opening',
      params: studyParams,
      reply: openedStudySchema,
      handle: async ({ params, caller }) => await reading.open(caller.actor, params.study),
    }),
    route({
      method: 'POST',
      path: '/api/reading/readings/:readingId/own-read',
      access: READERS,
      summary: "Record one's own read of a study; it cannot be changed afterwards",
      params: readingParams,
      body: ownReadSchema,
      reply: recordedReadSchema,
      handle: async ({ params, body, caller }) => await reading.record(caller.actor, params.readingId, body),
    }),
    route({
      method: 'POST',
      path: '/api/reading/readings/:readingId/opinion',
      access: READERS,
      summary: 'What models say of the study; where the site reads that way, only after the own read is recorded',
      params: readingParams,
      reply: opinionsSchema,
      handle: async ({ params, caller }) => ({
        opinions: [...(await reading.opinions(caller.actor, params.readingId))],
      }),
    }),
    route({
      method: 'POST',
      path: '/api/reading/readings/:readingId/verdict',
      access: READERS,
      summary: 'Whether the reader agrees with an opinion that was given, and why not',
      params: readingParams,
      body: judgementSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await reading.judge(caller.actor, params.readingId, body);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/reading/readings/:readingId/similar',
      access: READERS,
      summary:
        'Earlier cases of this node that look alike to a model, where a permit allows; each that is shown is in the journal',
      params: readingParams,
      body: similarQuestionSchema,
      reply: similarCasesSchema,
      handle: async ({ params, body, caller }) => await similar.of(caller.actor, params.readingId, body.digest),
    }),
    route({
      method: 'GET',
      path: '/api/reading/similar-permits',
      access: [...READERS, 'operator', 'protection-officer', 'auditor'],
      summary: 'What allows showing similar cases at this node, or why nothing does',
      reply: similarPermitsSchema,
      async handle() {
        const standing = await similarPermits.standing();
        const refusal = standing.kind === 'refused' ? standing.why : null;
        return { items: [...(await similarPermits.list())], refusal };
      },
    }),
    route({
      method: 'POST',
      path: '/api/reading/similar-permits',
      access: ['protection-officer'],
      summary:
        'Allow showing similar cases for a time; what models make of studies is kept from then on, of those scored before too',
      body: similarPermitWishSchema,
      reply: similarPermitSchema,
      async handle({ body, caller }) {
        const permit = await similarPermits.grant(body, caller.actor);
        clinic.similar.filling.start();
        return permit;
      },
    }),
    route({
      method: 'POST',
      path: '/api/reading/similar-permits/:permitId/withdrawal',
      access: ['protection-officer', 'operator'],
      summary: 'Take a permit for similar cases back; what was kept for it goes, unless another one holds',
      params: permitParams,
      reply: acceptedSchema,
      async handle({ params, caller }) {
        await similarPermits.withdraw(params.permitId, caller.actor);
        await clinic.similar.vectors.forgetLeftOut();
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/reading/studies/:study/plan',
      access: READERS,
      summary: 'What tables of guidelines propose after a study, with their sources, and what was decided',
      params: studyParams,
      reply: planSheetSchema,
      handle: async ({ params, caller }) => await plans.sheet(caller.actor, params.study),
    }),
    route({
      method: 'POST',
      path: '/api/reading/studies/:study/plan',
      access: READERS,
      summary: 'Decide what happens next; kept as the next version',
      params: studyParams,
      body: planSchema,
      reply: planSheetSchema,
      handle: async ({ params, body, caller }) => await plans.confirm(caller.actor, params.study, body),
    }),
    route({
      method: 'GET',
      path: '/api/reading/quality',
      access: [...READERS, 'operator', 'protection-officer', 'auditor'],
      summary:
        'How often readers agree with models, why not, and how long reads take; numbers below twenty are withheld',
      reply: readingQualitySchema,
      handle: async () => await reading.quality(),
    }),
    route({
      method: 'GET',
      path: '/api/reading/settings',
      access: [...READERS, 'operator'],
      summary: "Whether the own read comes first, and the site's own table of what follows from bands of risk",
      reply: readingSettingsViewSchema,
      handle: async () => await readingSettings.view(),
    }),
    route({
      method: 'PUT',
      path: '/api/reading/settings',
      access: ['operator'],
      summary: 'Change how reading is done here',
      body: readingSettingsSchema,
      reply: readingSettingsViewSchema,
      async handle({ body, caller }) {
        await readingSettings.set(body, caller.actor);
        return await readingSettings.view();
      },
    }),
  ];
}
