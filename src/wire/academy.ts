import { z } from 'zod';

/** Names of lessons, of tracks: as `#academy` calls them. */
const academyNameSchema = z.string().regex(/^[a-z][a-z-]{0,39}$/, 'lower-case letters and dashes, at most 40');

const answerSchema = z.string().regex(/^[a-z]$/, 'one of the answers, by its letter');

/** Letters of any script, digits, and what stands between them in a name: no line of its own, no address. */
const NAME = /^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} .,'’()-]{0,79}$/u;

/** A name as somebody wants it written. */
const academyLearnerNameSchema = z.string().trim().regex(NAME, "letters, digits, spaces and . , ' ( ) -, at most 80");

/** `POST /api/academy/certificates`: answers to the questions of a track, to be looked at by the house. */
export const academyCertificateWishSchema = z.strictObject({
  name: academyLearnerNameSchema,
  track: academyNameSchema,
  answers: z
    .record(academyNameSchema, answerSchema)
    .refine((answers) => Object.keys(answers).length <= 100, 'at most 100 lessons'),
});

/** Answers to the questions of a track. */
export type AcademyCertificateWish = z.infer<typeof academyCertificateWishSchema>;

/** What a house certifies. */
const certifiedSchema = z.strictObject({
  certificateId: z.string().regex(/^certificate-[0-9a-z]{8,40}$/),
  /** As the learner typed it; the house keeps it nowhere. */
  name: academyLearnerNameSchema,
  track: academyNameSchema,
  /** Whose questions were answered rightly. */
  lessons: z.array(academyNameSchema).min(1).max(100),
  /** The house by its own name. */
  house: z.string().min(1).max(200),
  issuedOn: z.iso.date(),
});

/** A certificate of the academy, as it is handed out and kept by whoever earned it. */
export const academyCertificateSchema = z.strictObject({
  format: z.literal('unica-academy-certificate-1'),
  certificate: certifiedSchema,
  /** Of the house: Ed25519, 32 bytes, base64url. */
  publicKey: z.string().regex(/^[\w-]{43}$/),
  /** By that key, over `unica-academy-certificate-v1`, a line break, and the certificate as canonical JSON (RFC 8785); base64url. */
  signature: z.string().regex(/^[\w-]{86}$/),
});

/** A certificate of the academy. */
export type AcademyCertificate = z.infer<typeof academyCertificateSchema>;

/** `GET /api/academy/keys`: by which keys this house signed and signs certificates, the present one first. */
export const academyKeysSchema = z.strictObject({
  house: z.string(),
  publicKeys: z.array(z.string()).min(1),
});
