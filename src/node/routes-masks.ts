import { z } from 'zod';
import { route } from '#http';
import {
  idSchema,
  imageUidSchema,
  maskedImageSchema,
  maskListSchema,
  maskReviewOutcomeSchema,
  maskReviewSchema,
  maskSampleSchema,
  maskSamplesSchema,
  maskSampleWishSchema,
} from '#wire';
import type { MaskDesk } from './mask-desk.ts';
import type { MaskReviews } from './mask-reviews.ts';

/** Who answers for the data. */
const DECIDERS = ['curator', 'protection-officer'] as const;

const image = z.strictObject({ sopInstanceUid: imageUidSchema });

const listQuery = z.strictObject({
  page: z.coerce.number().int().min(0).max(100_000).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  modality: z
    .string()
    .regex(/^[A-Z]{2,8}$/)
    .optional(),
});

/** What was blacked out in stored pictures, and what people say of it. */
export function maskRoutes({ maskDesk, reviews }: { readonly maskDesk: MaskDesk; readonly reviews: MaskReviews }) {
  return [
    route({
      method: 'GET',
      path: '/api/masks',
      access: DECIDERS,
      summary: 'Stored pictures in which something was blacked out, newest first, and how many of which equipment',
      query: listQuery,
      reply: maskListSchema,
      handle: async ({ query: { page, limit, modality } }) => await maskDesk.list({ page, limit, modality }),
    }),
    route({
      method: 'GET',
      path: '/api/masks/:sopInstanceUid',
      access: DECIDERS,
      summary: 'A stored picture, what is black in it, and what people said of it',
      params: image,
      reply: maskedImageSchema,
      handle: async ({ params }) => await maskDesk.show(params.sopInstanceUid),
    }),
    route({
      method: 'GET',
      path: '/api/masks/:sopInstanceUid/picture',
      access: DECIDERS,
      summary: 'A frame of a stored picture as PNG',
      params: image,
      query: z.strictObject({ frame: z.coerce.number().int().min(0).max(1_000_000).default(0) }),
      reply: 'bytes',
      async handle({ params, query }) {
        const bytes = await maskDesk.picture(params.sopInstanceUid, query.frame);
        return { contentType: 'image/png', bytes };
      },
    }),
    route({
      method: 'POST',
      path: '/api/masks/:sopInstanceUid/review',
      access: DECIDERS,
      summary:
        'Say whether a picture is blacked out rightly; one that is readable leaves the archive for the quarantine',
      params: image,
      body: maskReviewSchema,
      reply: maskReviewOutcomeSchema,
      handle: async ({ params, body, caller }) => await maskDesk.judge(params.sopInstanceUid, body, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/mask-samples',
      access: DECIDERS,
      summary: 'Draw pictures of modalities at risk at random, with and without something blacked out',
      body: maskSampleWishSchema,
      reply: maskSampleSchema,
      handle: async ({ body, caller }) => await maskDesk.draw(body, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/mask-samples',
      access: DECIDERS,
      summary: 'Random samples, the newest first, with what was found in each',
      reply: maskSamplesSchema,
      handle: async () => ({ items: await reviews.samples(SHOWN_SAMPLES) }),
    }),
    route({
      method: 'GET',
      path: '/api/mask-samples/:sampleId',
      access: DECIDERS,
      summary: 'A random sample with its pictures',
      params: z.strictObject({ sampleId: idSchema }),
      reply: maskSampleSchema,
      handle: async ({ params }) => await reviews.sample(params.sampleId),
    }),
  ];
}

/** So many samples are listed. */
const SHOWN_SAMPLES = 20;
