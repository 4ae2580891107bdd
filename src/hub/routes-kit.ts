import { z } from 'zod';
import { utf8 } from '#base';
import { route } from '#http';
import { csvCell } from '#mapping';
import { cleanLogo, MOST_LOGO_BYTES } from '#outreach';
import {
  acceptedSchema,
  idSchema,
  KIT_SHEETS,
  kitHandedOutSchema,
  kitPartnerIdSchema,
  kitPartnerSchema,
  kitQuerySchema,
  kitReachSchema,
  kitSchema,
  kitUseSchema,
  type NetworkState,
} from '#wire';
import type { HubHouse } from './house.ts';
import { openKitPress } from './kit-press.ts';

const WRITERS = ['coordinator'] as const;
const READERS = ['coordinator', 'auditor'] as const;
const ofPartner = z.strictObject({ partnerId: idSchema });
/** Opened by itself, a logo is a picture and nothing more, whatever it was made harmless from. */
const LOGO_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";
const accepted = { accepted: true } as const;

/** The campaign kit: for everybody in the languages of the network, with the partners that coordinators enter and counters of nobody. */
export function kitRoutes(hub: HubHouse, state: () => Promise<NetworkState>) {
  const { kit } = hub;
  const { publicUrl } = hub.config;
  const press = openKitPress({
    state,
    partners: async () => await kit.partners(),
    page: publicUrl === undefined ? null : `${publicUrl.replace(/\/$/, '')}/kit`,
    clock: hub.clock,
  });
  return [
    route({
      method: 'GET',
      path: '/api/kit',
      access: 'public',
      summary:
        'The campaign kit for patients in one language: pages, words of sheets and messages, figures, the code of the choice',
      query: kitQuerySchema,
      reply: kitSchema,
      handle: async ({ query }) => await press.kit(query),
    }),
    route({
      method: 'GET',
      path: '/api/kit/sheets/:sheet',
      access: 'public',
      summary: 'A sheet of the kit as PDF, in languages that its fonts can write',
      params: z.strictObject({ sheet: z.enum(KIT_SHEETS) }),
      query: kitQuerySchema,
      reply: 'bytes',
      async handle({ params: { sheet }, query }) {
        const bytes = await press.sheet(sheet, query);
        await kit.count({ material: sheet, language: query.language, use: 'download' });
        return { contentType: 'application/pdf', bytes };
      },
    }),
    route({
      method: 'GET',
      path: '/api/kit/partners/:partnerId/logo',
      access: 'public',
      summary: 'The logo of a partner',
      params: ofPartner,
      query: z.strictObject({
        at: z
          .string()
          .regex(/^\d{1,16}$/)
          .optional(),
      }),
      reply: 'stream',
      async handle({ params }) {
        const { mediaType, base64 } = await kit.logo(params.partnerId);
        const headers = {
          'content-type': mediaType,
          'cache-control': 'no-store',
          'content-security-policy': LOGO_POLICY,
        };
        return { status: 200, headers, body: Buffer.from(base64, 'base64') };
      },
    }),
    route({
      method: 'POST',
      path: '/api/kit/uses',
      access: 'public',
      summary: 'One more look, print or copy of a material: a counter by material, language and day, nothing about who',
      body: kitUseSchema,
      reply: acceptedSchema,
      async handle({ body }) {
        await kit.count(body);
        return accepted;
      },
    }),
    route({
      method: 'POST',
      path: '/api/kit/partners',
      access: WRITERS,
      summary: 'Enter a partner of the kit: a data altruism organisation, a hospital, somebody else',
      body: kitPartnerSchema,
      reply: kitPartnerIdSchema,
      handle: async ({ body, caller }) => ({ partnerId: await kit.add(body, caller.actor) }),
    }),
    route({
      method: 'PUT',
      path: '/api/kit/partners/:partnerId',
      access: WRITERS,
      summary: 'Change what stands on the sheets of a partner',
      params: ofPartner,
      body: kitPartnerSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await kit.change(params.partnerId, body, caller.actor);
        return accepted;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/kit/partners/:partnerId',
      access: WRITERS,
      summary: 'Remove a partner; the counters stay',
      params: ofPartner,
      reply: acceptedSchema,
      async handle({ params, caller }) {
        await kit.remove(params.partnerId, caller.actor);
        return accepted;
      },
    }),
    route({
      method: 'POST',
      path: '/api/kit/partners/:partnerId/logo',
      access: WRITERS,
      summary: 'Set the logo of a partner (PNG or SVG, as the body); an empty body takes it away',
      params: ofPartner,
      bodyLimitBytes: MOST_LOGO_BYTES + 1,
      reply: acceptedSchema,
      async handle({ params, rawBody, caller }) {
        const logo = rawBody.length === 0 ? null : cleanLogo(rawBody);
        await kit.setLogo(params.partnerId, logo, caller.actor);
        return accepted;
      },
    }),
    route({
      method: 'GET',
      path: '/api/kit/reach',
      access: READERS,
      summary: 'How often each material was used, by language and by day',
      reply: kitReachSchema,
      handle: async () => await kit.reach(),
    }),
    route({
      method: 'GET',
      path: '/api/kit/reach.csv',
      access: READERS,
      summary: 'Every counter of the kit as CSV',
      reply: 'bytes',
      async handle() {
        const rows = (await kit.uses()).map(({ day, material, language, use, count }) =>
          [day, material, language, use, String(count)].map(csvCell).join(','),
        );
        const text = ['day,material,language,use,count', ...rows].join('\r\n');
        return { contentType: 'text/csv; charset=utf-8; header=present', bytes: utf8(text) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/kit/handed-out',
      access: WRITERS,
      summary: 'Enter how many sheets or messages were handed out on a day',
      body: kitHandedOutSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await kit.handOut(body, caller.actor);
        return accepted;
      },
    }),
  ];
}
