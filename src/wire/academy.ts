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
  /** False where this browser had a certificate before, or finished in a course: nobody is counted twice knowingly. */
  isFirst: z.boolean().optional(),
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

/** What opens a course to its learners: no letter and digit that are taken for one another. */
const courseCodeSchema = z.string().regex(/^[A-HJ-NP-Z2-9]{8}$/, 'eight letters and digits');

const nicknameSchema = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} .'’-]{0,29}$/u, "letters, digits, spaces and . ' -, at most 30");

/** Chance of the house, by which a browser is known again in one course. */
const learnerSchema = z.string().regex(/^[\w-]{22}$/);

/** `POST /api/academy/courses/learners`: take part in a course. */
export const courseJoinSchema = z.strictObject({
  /** As somebody typed it: what cannot be a code is told as a course that is not there. */
  code: z.string().regex(/^[A-Z0-9]{1,20}$/, 'letters and digits, at most 20'),
  nickname: nicknameSchema.nullable(),
});

/** A learner's place in a course, kept by their browser. */
export const courseMembershipSchema = z.strictObject({
  code: courseCodeSchema,
  learner: learnerSchema,
  title: z.string(),
  track: academyNameSchema,
  lessons: z.array(academyNameSchema),
});

/** A learner's place in a course. */
export type CourseMembership = z.infer<typeof courseMembershipSchema>;

const placeShape = { code: courseCodeSchema, learner: learnerSchema };

/** `POST /api/academy/courses/leavings`: whatever is kept of this learner goes. */
export const coursePlaceSchema = z.strictObject(placeShape);

/** `POST /api/academy/courses/answers`: an answer, to be looked at by the house. */
export const courseAnswerSchema = z.strictObject({ ...placeShape, lesson: academyNameSchema, answer: answerSchema });

/** What came of it. */
export const courseAnsweredSchema = z.strictObject({
  isRight: z.boolean(),
  /** Lessons that this learner has done in the course. */
  done: z.array(academyNameSchema),
});

/** `POST /api/academy/courses` (coordinator, operator): open a course. */
export const newCourseSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(120),
    track: academyNameSchema,
    startsOn: z.iso.date(),
    /** Its last day; null: thirty days after the first. */
    endsOn: z.iso.date().nullable(),
  })
  .refine(({ startsOn, endsOn }) => endsOn === null || endsOn >= startsOn, {
    path: ['endsOn'],
    message: 'not before the first day',
  });

/** A course as it is opened. */
export type NewCourse = z.infer<typeof newCourseSchema>;

const peopleSchema = z.number().int().nonnegative();

/** A course as its trainers see it: sums, and nothing of one learner. */
export const courseSchema = z.strictObject({
  courseId: z.string().regex(/^course-[0-9a-z]{8,40}$/),
  code: courseCodeSchema,
  title: z.string(),
  track: academyNameSchema,
  startsOn: z.iso.date(),
  endsOn: z.iso.date(),
  isOpen: z.boolean(),
  /** It goes then, with all that is kept of its learners. */
  deletedAtMs: z.number().int().nonnegative(),
  joined: peopleSchema,
  /** Who gave one, in the order of the alphabet. */
  nicknames: z.array(z.string()),
  /** Null where fewer than `fewest` have joined: the figures would be those of somebody. */
  figures: z
    .strictObject({
      finished: peopleSchema,
      lessons: z.array(
        z.strictObject({ lesson: academyNameSchema, done: peopleSchema, firstTry: peopleSchema, tries: peopleSchema }),
      ),
    })
    .nullable(),
  fewest: z.number().int().positive(),
});

/** A course as its trainers see it. */
export type Course = z.infer<typeof courseSchema>;

/** `GET /api/academy/courses` (coordinator, operator). */
export const coursesSchema = z.strictObject({ courses: z.array(courseSchema) });
