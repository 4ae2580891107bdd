import { z } from 'zod';
import { UnicaError } from '#base';
import { route } from '#http';
import { suggestedCorrection, type WaitingQuestion } from '#models';
import { idSchema, modelWatchesSchema, modelWatchSchema, type Role, type WatchAnswer, watchWishSchema } from '#wire';
import type { HubHouse } from './house.ts';
import { giveWork } from './work-queue.ts';

const ASKERS: readonly Role[] = ['researcher', 'coordinator'];
/** A site that is silent for so long is asked anew by whoever still wants to know. */
const EXPIRES_MS = 30 * 86_400_000;

/** How models do in clinics: asked of sites, answered by their nodes with sums and histograms once their owners agreed. */
export function modelWatchRoutes(hub: HubHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/model-watches',
      access: [...ASKERS, 'auditor'],
      summary: 'Questions how a model does in the clinics of sites, newest first',
      reply: modelWatchesSchema,
      handle: async () => await hub.watches.list(),
    }),
    route({
      method: 'POST',
      path: '/api/model-watches',
      access: ASKERS,
      summary: 'Ask sites how a model does in their clinic; their owners decide whether it is answered',
      body: watchWishSchema,
      reply: modelWatchSchema,
      async handle({ body: { model, sites, because }, caller }) {
        const known = new Map((await hub.membership.sites()).map((site) => [site.siteId, site.state]));
        for (const siteId of sites)
          if (known.get(siteId) !== 'active')
            throw new UnicaError('http.not-found', { what: `active site called ${siteId}` });
        const question = { model, because, askedBy: caller.actor, askedAtMs: hub.clock() };
        const watchId = await hub.watches.ask({ ...question, sites });
        await hub.journal.append({
          actor: caller.actor,
          action: 'model.watch-asked',
          subject: watchId,
          because,
          facts: { model, sites: [...new Set(sites)] },
        });
        for (const siteId of new Set(sites)) await handOut(hub, { ...question, watchId, siteId });
        return await hub.watches.view(watchId);
      },
    }),
    route({
      method: 'GET',
      path: '/api/model-watches/:watchId',
      access: [...ASKERS, 'auditor'],
      summary:
        'How the model does at each site that answered: drift of scores and inputs, calibration, what would mend it',
      params: z.strictObject({ watchId: idSchema }),
      reply: modelWatchSchema,
      handle: async ({ params }) => await hub.watches.view(params.watchId),
    }),
  ];
}

/** Puts a question to one site; the same one again changes nothing. */
async function handOut(
  hub: HubHouse,
  { watchId, siteId, model, because, askedBy, askedAtMs }: WaitingQuestion,
): Promise<void> {
  await giveWork(hub, {
    siteId,
    key: `watch/${watchId}/${siteId}`,
    body: { kind: 'watch-model', watchId, model, requester: askedBy, because },
    expiresAtMs: askedAtMs + EXPIRES_MS,
  });
}

/** Puts every question that waits to its sites: a hub may have fallen after it was asked and before all of them were told. */
export async function handOutWaiting(hub: HubHouse): Promise<void> {
  for (const question of await hub.watches.waiting())
    if (question.askedAtMs + EXPIRES_MS > hub.clock()) await handOut(hub, question);
}

/** Takes a site's answer, and tells the site what would make its scores fit, where something would; its owner decides. */
export async function takeWatchAnswer(
  hub: HubHouse,
  siteId: string,
  { watchId, model: asked }: { readonly watchId: string; readonly model: string },
  answer: WatchAnswer,
): Promise<void> {
  if (answer.model.name !== asked)
    throw new UnicaError('http.invalid-input', { where: 'receipt', problem: `not about the model ${asked}` });
  await hub.watches.answer(watchId, siteId, answer);
  await hub.journal.append({
    actor: `site:${siteId}`,
    action: 'model.watch-answered',
    subject: watchId,
    facts: { model: answer.model.name, version: answer.model.version, periods: answer.periods.length },
  });
  const suggestion = suggestedCorrection(answer);
  if (suggestion === null) return;
  const { name: model, version, digest } = answer.model;
  await giveWork(hub, {
    siteId,
    key: `correction/${watchId}/${siteId}`,
    body: { kind: 'suggest-correction', watchId, model, version, digest, correction: suggestion },
    expiresAtMs: hub.clock() + EXPIRES_MS,
  });
}
