import { z } from 'zod';
import { route } from '#http';
import {
  acceptedSchema,
  foreignRecordDetailSchema,
  foreignRecordsSchema,
  harvestSourceInputSchema,
  harvestSourceSchema,
  harvestSourcesSchema,
  idSchema,
} from '#wire';
import type { HubHouse } from './house.ts';
import { addCatalogue, removeCatalogue } from './other-catalogues.ts';

const sourceParams = z.strictObject({ sourceId: idSchema });

/** The catalogues of others: which are read, and their records, apart from the network's own. */
export function harvestRoutes(hub: HubHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/foreign-records',
      access: 'public',
      summary: 'Records of other catalogues, as their sources tell them; none is counted with the network’s own',
      query: z.object({
        words: z.string().max(200).default(''),
        sourceId: idSchema.optional(),
        offset: z.coerce.number().int().min(0).max(100_000).default(0),
      }),
      reply: foreignRecordsSchema,
      handle: async ({ query }) => await hub.harvest.records(query),
    }),
    route({
      method: 'GET',
      path: '/api/foreign-records/:recordId',
      access: 'public',
      summary: 'A record of another catalogue with what the profiles miss in it',
      params: z.strictObject({ recordId: idSchema }),
      reply: foreignRecordDetailSchema,
      handle: async ({ params }) => await hub.harvest.record(params.recordId),
    }),
    route({
      method: 'GET',
      path: '/api/harvest-sources',
      access: ['coordinator', 'auditor'],
      summary: 'Other catalogues that are read, and how the last visit went',
      reply: harvestSourcesSchema,
      handle: async () => ({ sources: [...(await hub.harvest.sources())] }),
    }),
    route({
      method: 'POST',
      path: '/api/harvest-sources',
      access: ['coordinator'],
      summary: 'Read another catalogue from now on: a FAIR Data Point, by its address',
      body: harvestSourceInputSchema,
      reply: harvestSourceSchema,
      handle: async ({ body, caller }) => await addCatalogue(hub, body, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/harvest-sources/:sourceId/now',
      access: ['coordinator'],
      summary: 'Read a catalogue before its time',
      params: sourceParams,
      reply: harvestSourceSchema,
      handle: async ({ params }) => await hub.harvest.makeDue(params.sourceId),
    }),
    route({
      method: 'DELETE',
      path: '/api/harvest-sources/:sourceId',
      access: ['coordinator'],
      summary: 'Read a catalogue no longer, and forget its records',
      params: sourceParams,
      reply: acceptedSchema,
      async handle({ params, caller }) {
        await removeCatalogue(hub, params.sourceId, caller.actor);
        return { accepted: true as const };
      },
    }),
  ];
}
