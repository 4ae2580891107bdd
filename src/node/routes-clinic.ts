import { z } from 'zod';
import { route } from '#http';
import {
  acceptedSchema,
  clinicComparisonsSchema,
  clinicDestinationNameSchema,
  clinicDestinationWishSchema,
  clinicModelFileSchema,
  clinicModelNameSchema,
  clinicModelsSchema,
  clinicModelWishSchema,
  clinicOrderSchema,
  clinicReadsSchema,
  clinicReadsTakenSchema,
  clinicStateSchema,
  clinicTrialSchema,
  clinicWatchesSchema,
  correctionDecisionSchema,
  idSchema,
  type Role,
  watchDecisionSchema,
} from '#wire';
import type { NodeHouse } from './house.ts';

const LOOKERS: readonly Role[] = ['operator', 'curator', 'protection-officer', 'clinician', 'auditor'];
const OWNERS: readonly Role[] = ['operator', 'protection-officer'];

const ofModel = z.strictObject({ name: clinicModelNameSchema });
const ofModelFile = z.strictObject({ name: clinicModelNameSchema, file: clinicModelFileSchema });
const ofWatch = z.strictObject({ watchId: idSchema });
const ofDestination = z.strictObject({ name: clinicDestinationNameSchema });

/**
 * Models in the clinic: what the owner decides of them. What they say of a study is given by the routes of reading alone, which
 * hold it back until the reader's own read is recorded.
 */
export function clinicRoutes(node: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/clinic',
      access: LOOKERS,
      summary: 'How models in the clinic are doing: models, queue, destinations, refusals',
      reply: clinicStateSchema,
      handle: async () => await node.clinic.state(node.receives()),
    }),
    route({
      method: 'PUT',
      path: '/api/clinic/destinations/:name',
      access: OWNERS,
      summary: 'Where results of models that are shown are sent; secrets stand in files of the node',
      params: ofDestination,
      body: clinicDestinationWishSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.clinic.destinations.put(params.name, body, caller.actor);
        node.clinic.wake();
        return { accepted: true as const };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/clinic/destinations/:name',
      access: OWNERS,
      summary: 'Send nothing there any more; what waits for it is given up',
      params: ofDestination,
      reply: acceptedSchema,
      async handle({ params, caller }) {
        await node.clinic.destinations.remove(params.name, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/clinic/destinations/:name/trial',
      access: OWNERS,
      summary: 'Ask a destination whether it answers: C-ECHO, or a question over HTTP',
      params: ofDestination,
      reply: clinicTrialSchema,
      handle: async ({ params }) => await node.clinic.destinations.try(params.name),
    }),
    route({
      method: 'GET',
      path: '/api/clinic/watches',
      access: LOOKERS,
      summary:
        'What the network asked of models in the clinic, with what would leave, and the corrections it suggested',
      reply: clinicWatchesSchema,
      handle: async () => await node.clinic.watch.list(),
    }),
    route({
      method: 'POST',
      path: '/api/clinic/watches/:watchId/decision',
      access: OWNERS,
      summary: 'Let the answer leave as it is shown, or say no',
      params: ofWatch,
      body: watchDecisionSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.decideWatch(params.watchId, body.decision, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/clinic/corrections/:watchId/decision',
      access: OWNERS,
      summary: 'Tell scores with a suggested correction from now on, or do not',
      params: ofWatch,
      body: correctionDecisionSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.clinic.watch.decideCorrection(params.watchId, body.decision, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/clinic/comparison',
      access: LOOKERS,
      summary: 'Models held against what readers found, with intervals; withheld below 20 cases',
      reply: clinicComparisonsSchema,
      handle: async () => ({ items: [...(await node.clinic.reads.compare())] }),
    }),
    route({
      method: 'POST',
      path: '/api/clinic/reads',
      access: ['operator', 'curator'],
      summary: 'Bring in what readers found, by accession number; numbers and days are not kept',
      body: clinicReadsSchema,
      reply: clinicReadsTakenSchema,
      handle: async ({ body, caller }) => await node.clinic.reads.take(body.task, body.rows, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/clinic/orders',
      access: ['operator', 'clinician'],
      summary: 'Order that an examination is scored, by its accession number; the number is not kept',
      body: clinicOrderSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await node.clinic.orders.take(body.accessionNumber, body.models, 'portal');
        await node.journal.append({
          actor: caller.actor,
          action: 'clinic.ordered',
          subject: node.card.siteId,
          facts: { models: body.models },
        });
        node.clinic.queue.wake();
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/clinic/models',
      access: LOOKERS,
      summary: 'Models that lie at this node, and what its owner decided of each',
      reply: clinicModelsSchema,
      handle: async () => ({ items: [...(await node.clinic.models.list())] }),
    }),
    route({
      method: 'GET',
      path: '/api/clinic/models/:name/files/:file',
      access: LOOKERS,
      summary:
        'A model that lies at this node as ONNX, and how films are prepared for it, for a browser that scores a film itself',
      params: ofModelFile,
      reply: 'bytes',
      async handle({ params }) {
        const bytes = await node.clinic.models.file(params.name, params.file);
        return { contentType: 'application/octet-stream', bytes };
      },
    }),
    route({
      method: 'PUT',
      path: '/api/clinic/models/:name',
      access: OWNERS,
      summary: 'Show the results of a model to readers, keep them in shadow, or switch it off',
      params: ofModel,
      body: clinicModelWishSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.clinic.models.decide(params.name, body, caller.actor);
        return { accepted: true as const };
      },
    }),
  ];
}
