import { z } from 'zod';
import { route } from '#http';
import { publicActivities } from '#progress';
import {
  acceptedSchema,
  activityChangeSchema,
  activityKeptSchema,
  activityListSchema,
  forgetPeopleSchema,
  idSchema,
  newActivitySchema,
  publicActivitiesSchema,
} from '#wire';
import type { HubHouse } from './house.ts';
import { openRegister } from './open-register.ts';

const READERS = ['coordinator', 'auditor'] as const;
const params = z.strictObject({ activityId: idSchema });

/** What the network does with others: kept by its coordinator, and what is marked so for everybody. */
export function activityRoutes(hub: HubHouse) {
  const forEverybody = openRegister({
    clock: hub.clock,
    head: async () => (await hub.journal.at('head'))?.sequence ?? 0,
    make: async () => publicActivities(await hub.activities.newest()),
  });
  return [
    route({
      method: 'GET',
      path: '/api/collaborations',
      access: READERS,
      summary: 'What the network does with others: the newest version of each activity',
      reply: activityListSchema,
      handle: async () => ({ activities: [...(await hub.activities.newest())] }),
    }),
    route({
      method: 'POST',
      path: '/api/collaborations',
      access: ['coordinator'],
      summary: 'Enter an activity',
      body: newActivitySchema,
      reply: activityKeptSchema,
      handle: async ({ body, caller }) => await hub.activities.enter(body.activity, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/collaborations/:activityId',
      access: READERS,
      summary: 'Every version of an activity, newest first',
      params,
      reply: activityListSchema,
      handle: async ({ params: { activityId } }) => ({ activities: [...(await hub.activities.versions(activityId))] }),
    }),
    route({
      method: 'PUT',
      path: '/api/collaborations/:activityId',
      access: ['coordinator'],
      summary: 'Change an activity: a version more, and the one before stays',
      params,
      body: activityChangeSchema,
      reply: activityKeptSchema,
      handle: async ({ params: { activityId }, body, caller }) =>
        await hub.activities.change(activityId, body, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/collaborations/:activityId/forget-people',
      access: ['coordinator'],
      summary: 'Take the names of those who took part out of every version; the journal tells that it was done',
      params,
      body: forgetPeopleSchema,
      reply: acceptedSchema,
      async handle({ params: { activityId }, body, caller }) {
        await hub.activities.forgetPeople(activityId, body.because, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/state/collaborations',
      access: 'public',
      summary: 'What the network does with others, as far as it is marked public; nobody is named',
      reply: publicActivitiesSchema,
      handle: forEverybody,
    }),
  ];
}
