import { z } from 'zod';
import { idSchema, instantMsSchema } from './names.ts';
import { pixelMaskSchema } from './portal-deidentification.ts';

const verdictSchema = z.enum(['right', 'too-much', 'readable']);

/** What a person says of what was blacked out. */
export type MaskVerdictView = z.infer<typeof verdictSchema>;

/** A pseudonymous UID of an image. */
export const imageUidSchema = z.string().regex(/^[0-9.]{1,64}$/);

const reasonSchema = z.enum(['writing', 'outside-regions', 'equipment', 'person']);

/** `GET /api/masks`: what imports blacked out. */
export const maskListSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      sopInstanceUid: imageUidSchema,
      modality: z.string().nullable(),
      manufacturer: z.string().nullable(),
      importedAtMs: instantMsSchema,
      masks: z.number().int(),
      reasons: z.array(reasonSchema),
      /** Of the mask that is least certain. */
      leastConfidence: z.number().min(0).max(1),
      /** The last word on it. */
      verdict: verdictSchema.nullable(),
    }),
  ),
  isLast: z.boolean(),
  equipment: z.array(
    z.strictObject({
      modality: z.string().nullable(),
      manufacturer: z.string().nullable(),
      images: z.number().int(),
      masked: z.number().int(),
    }),
  ),
});

/** `GET /api/masks/{uid}`: a stored picture, and what is black in it. */
export const maskedImageSchema = z.strictObject({
  sopInstanceUid: imageUidSchema,
  modality: z.string().nullable(),
  manufacturer: z.string().nullable(),
  importedAtMs: instantMsSchema,
  picture: z.strictObject({ rows: z.number().int(), columns: z.number().int(), frames: z.number().int() }),
  masks: z.array(pixelMaskSchema),
  /** The last first. */
  reviews: z.array(
    z.strictObject({ verdict: verdictSchema, reviewer: z.string(), atMs: instantMsSchema, isSettled: z.boolean() }),
  ),
});

/** A stored picture, and what is black in it. */
export type MaskedImage = z.infer<typeof maskedImageSchema>;

/** `POST /api/masks/{uid}/review` */
export const maskReviewSchema = z.strictObject({ verdict: verdictSchema, sampleId: idSchema.optional() });

/** What has become of the picture. */
export const maskReviewOutcomeSchema = z.strictObject({
  /** `withdrawn`: it left the archive and waits in quarantine. */
  outcome: z.enum(['recorded', 'withdrawn']),
  quarantineId: idSchema.optional(),
});

const tallySchema = z.strictObject({
  /** Images of the group when the sample was drawn. */
  images: z.number().int(),
  drawn: z.number().int(),
  looked: z.number().int(),
  readable: z.number().int(),
  tooMuch: z.number().int(),
  /** Upper 95 % bound of the share of images with something readable (Clopper-Pearson, one-sided). */
  readableAtMost: z.number().min(0).max(1),
});

/** What was found in one group of a sample. */
export type MaskTallyView = z.infer<typeof tallySchema>;

/** `GET /api/mask-samples/{id}`: pictures drawn at random, and what people said of them. */
export const maskSampleSchema = z.strictObject({
  sampleId: idSchema,
  atMs: instantMsSchema,
  drawnBy: z.string(),
  reviewers: z.array(z.string()),
  pictures: z.array(
    z.strictObject({ sopInstanceUid: imageUidSchema, wasMasked: z.boolean(), verdict: verdictSchema.nullable() }),
  ),
  masked: tallySchema,
  unmasked: tallySchema,
});

/** Pictures drawn at random. */
export type MaskSample = z.infer<typeof maskSampleSchema>;

/** `GET /api/mask-samples`: the newest first. */
export const maskSamplesSchema = z.strictObject({ items: z.array(maskSampleSchema) });

/** `POST /api/mask-samples`: how many to draw of each group. */
export const maskSampleWishSchema = z
  .strictObject({ masked: z.number().int().min(0).max(500), unmasked: z.number().int().min(0).max(500) })
  .refine(({ masked, unmasked }) => masked + unmasked > 0, 'draws nothing');
