import { z } from 'zod';
import { certify } from '#academy';
import { isoInstant } from '#base';
import { openAllowance, route } from '#http';
import { signText } from '#identity';
import {
  academyCertificateSchema,
  academyCertificateWishSchema,
  academyKeysSchema,
  acceptedSchema,
  courseAnsweredSchema,
  courseAnswerSchema,
  courseJoinSchema,
  courseMembershipSchema,
  coursePlaceSchema,
  courseSchema,
  coursesSchema,
  newCourseSchema,
} from '#wire';
import type { HubHouse } from './house.ts';

const MOST_BYTES = 8192;
const TRAINERS = ['coordinator', 'operator'] as const;

/** What the academy asks of a hub: certificates and courses. Learners need no account for it, trainers do. */
export function academyRoutes(hub: HubHouse) {
  const { keys, clock, config, newId } = hub;
  const house = {
    name: config.name,
    publicKey: keys.publicKey,
    sign: (text: string) => signText(keys, text),
  };
  const certificates = openAllowance({ most: 60, everyMs: 1000, clock });
  return [
    route({
      method: 'GET',
      path: '/api/academy/keys',
      access: 'public',
      summary: 'By which keys this hub signed and signs certificates of the academy, the present one first',
      reply: academyKeysSchema,
      handle: () => ({ house: house.name, publicKeys: [house.publicKey] }),
    }),
    route({
      method: 'POST',
      path: '/api/academy/certificates',
      access: 'public',
      summary:
        'Certify that the questions of a track were answered rightly; the answers are looked at here, and the name is kept nowhere',
      body: academyCertificateWishSchema,
      bodyLimitBytes: MOST_BYTES,
      reply: academyCertificateSchema,
      async handle({ body }) {
        certificates.take();
        const at = { certificateId: newId('certificate'), issuedOn: isoInstant(clock()).slice(0, 10) };
        const made = certify(body, house, at);
        if (body.isFirst !== false) await hub.courses.countCertificate();
        return made;
      },
    }),
    ...courseRoutes(hub),
  ];
}

function courseRoutes({ courses, clock }: HubHouse) {
  // A class joins at once; whoever guesses codes has some years before them.
  const joining = openAllowance({ most: 120, everyMs: 1000, clock });
  const answering = openAllowance({ most: 600, everyMs: 100, clock });
  return [
    route({
      method: 'GET',
      path: '/api/academy/courses',
      access: TRAINERS,
      summary: 'Courses of the academy as sums of their cohorts; figures of few learners are withheld',
      reply: coursesSchema,
      handle: async () => ({ courses: [...(await courses.list())] }),
    }),
    route({
      method: 'POST',
      path: '/api/academy/courses',
      access: TRAINERS,
      summary: 'Open a course of the academy; its code lets learners in',
      body: newCourseSchema,
      reply: courseSchema,
      handle: async ({ body, caller }) => await courses.open(body, caller.actor),
    }),
    route({
      method: 'DELETE',
      path: '/api/academy/courses/:courseId',
      access: TRAINERS,
      summary: 'Delete a course with all that is kept of its learners',
      params: z.strictObject({ courseId: courseSchema.shape.courseId }),
      reply: acceptedSchema,
      async handle({ params, caller }) {
        await courses.remove(params.courseId, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/academy/courses/learners',
      access: 'public',
      summary: 'Take part in a course by its code, without an account',
      body: courseJoinSchema,
      bodyLimitBytes: MOST_BYTES,
      reply: courseMembershipSchema,
      async handle({ body: { code, nickname } }) {
        joining.take();
        return await courses.join(code, nickname);
      },
    }),
    route({
      method: 'POST',
      path: '/api/academy/courses/answers',
      access: 'public',
      summary: 'Answer the question of a lesson in a course; looked at here, and counted',
      body: courseAnswerSchema,
      bodyLimitBytes: MOST_BYTES,
      reply: courseAnsweredSchema,
      async handle({ body: { lesson, answer, ...place } }) {
        answering.take();
        return await courses.answer(place, { lesson, answer });
      },
    }),
    route({
      method: 'POST',
      path: '/api/academy/courses/leavings',
      access: 'public',
      summary: 'Leave a course: what is kept of this learner goes',
      body: coursePlaceSchema,
      bodyLimitBytes: MOST_BYTES,
      reply: acceptedSchema,
      async handle({ body }) {
        joining.take();
        await courses.leave(body);
        return { accepted: true as const };
      },
    }),
  ];
}
