import { z } from 'zod';
import { proseSchema } from './access.ts';
import { idSchema, instantMsSchema } from './names.ts';

/** `POST /api/opt-out-exceptions`: the law of the country that makes data available although people opted out (EHDS, Article 71(4)). */
export const optOutExceptionWishSchema = z.strictObject({
  /** Title of the law, as it is published. */
  law: proseSchema(300).min(3),
  /** Article or section. */
  place: proseSchema(100).min(1),
  /** Where it is published. */
  url: z.url({ protocol: /^https?$/ }).max(500),
  /** The one project it is for: the access request. */
  projectId: idSchema,
  /** Why data of people who did not opt out do not suffice, in plain words; patients read it. */
  reason: proseSchema(1000).min(20),
  untilMs: instantMsSchema,
});

/** What is entered of an exception. */
export type OptOutExceptionWish = z.infer<typeof optOutExceptionWishSchema>;

/** An exception, as everybody may read it: it names no person who entered it or agreed. */
export const optOutExceptionSchema = optOutExceptionWishSchema.extend({
  exceptionId: idSchema,
  country: z.string().max(2),
  enteredAtMs: instantMsSchema,
  ownerAgreedAtMs: instantMsSchema.nullable(),
  officerAgreedAtMs: instantMsSchema.nullable(),
  endedAtMs: instantMsSchema.nullable(),
  endedBecause: z.string().max(1000).nullable(),
  state: z.enum(['entered', 'in-force', 'over', 'ended']),
});

/** An exception from opt-outs. */
export type OptOutException = z.infer<typeof optOutExceptionSchema>;

/** `GET /api/opt-out-exceptions` */
export const optOutExceptionsSchema = z.strictObject({ items: z.array(optOutExceptionSchema) });
