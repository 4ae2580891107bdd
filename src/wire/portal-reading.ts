import { z } from 'zod';
import { guardedCountSchema } from './dataset.ts';
import { datasetNameSchema, digestSchema, idSchema, instantMsSchema } from './names.ts';

/** Rows and columns of the small picture that stands in until a film is there; drawn by the node. */
export const PREVIEW_PX = 512;

/** What is read: screening and diagnostic mammograms, or films of the chest. */
export const readingTaskSchema = z.enum(['mammography', 'chest']);

/** One of the readings that the reader view is made for. */
export type ReadingTask = z.infer<typeof readingTaskSchema>;

/** Assessment categories of ACR BI-RADS, fifth edition (2013). */
export const BIRADS_CATEGORIES = ['0', '1', '2', '3', '4', '4A', '4B', '4C', '5', '6'] as const;

/** Breast density of ACR BI-RADS, fifth edition: almost entirely fatty to extremely dense. */
export const DENSITY_CATEGORIES = ['a', 'b', 'c', 'd'] as const;

const biradsSchema = z.enum(BIRADS_CATEGORIES);
const densitySchema = z.enum(DENSITY_CATEGORIES);
const uidSchema = z.string().regex(/^[0-9.]{1,64}$/);
const lineSchema = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .regex(/^\P{Cc}+$/u);

/** A place in an image, in its pixels, (0, 0) the top left corner. */
const placeSchema = z.strictObject({
  sopInstanceUid: uidSchema,
  column: z.number().min(0).max(100_000),
  row: z.number().min(0).max(100_000),
});

const placesSchema = z.array(placeSchema).max(20);

/** What a reader says of a study before a model is asked. */
export const ownReadSchema = z.discriminatedUnion('task', [
  z.strictObject({
    task: z.literal('mammography'),
    /** Null: that breast was not imaged. */
    right: biradsSchema.nullable(),
    left: biradsSchema.nullable(),
    density: densitySchema.nullable(),
    places: placesSchema,
  }),
  z.strictObject({ task: z.literal('chest'), nodule: z.enum(['yes', 'no', 'unsure']), places: placesSchema }),
]);

/** What a reader says of a study. */
export type OwnRead = z.infer<typeof ownReadSchema>;

/** `own-read-first`: a model's opinion is given to whoever has recorded a read; `on-demand`: to whoever asks. */
export const readingModeSchema = z.enum(['own-read-first', 'on-demand']);

/** `GET /api/reading/studies`: what is shown. */
export const readingListQuerySchema = z.strictObject({
  /** Part of the description, or the beginning of the person's pseudonym. */
  words: z.string().trim().max(64).optional(),
  task: readingTaskSchema.optional(),
  /** YYYY-MM-DD, both days belong to it. */
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  state: z.enum(['all', 'unread', 'read']).default('all'),
  page: z.coerce.number().int().min(1).max(10_000).default(1),
});

const listedStudySchema = z.strictObject({
  studyInstanceUid: uidSchema,
  /** Pseudonym. */
  person: z.string(),
  /** YYYYMMDD, shifted as all dates of that person are; empty where the images have none. */
  date: z.string(),
  task: readingTaskSchema,
  description: z.string(),
  images: z.number().int(),
  /** When the person who asks recorded a read of it. */
  readAtMs: instantMsSchema.nullable(),
});

/** `GET /api/reading/studies`. */
export const readingListSchema = z.strictObject({
  items: z.array(listedStudySchema),
  page: z.number().int(),
  hasMore: z.boolean(),
  mode: readingModeSchema,
});

const hungImageSchema = z.strictObject({
  studyInstanceUid: uidSchema,
  seriesInstanceUid: uidSchema,
  sopInstanceUid: uidSchema,
  rows: z.number().int(),
  columns: z.number().int(),
  frames: z.number().int(),
  /** `L`, `R` or empty. */
  laterality: z.string(),
  /** ViewPosition as the image has it: CC, MLO, PA, AP, LL… or empty. */
  view: z.string(),
});

/** An image as it is hung. */
export type HungImage = z.infer<typeof hungImageSchema>;

/** `POST /api/reading/studies/:study/openings`: a study opened by a reader, which the journal has. */
export const openedStudySchema = z.strictObject({
  readingId: idSchema,
  studyInstanceUid: uidSchema,
  person: z.string(),
  date: z.string(),
  description: z.string(),
  task: readingTaskSchema,
  images: z.array(hungImageSchema),
  /** Earlier studies of the person of the same kind, newest first. */
  priors: z.array(
    z.strictObject({
      studyInstanceUid: uidSchema,
      date: z.string(),
      description: z.string(),
      images: z.array(hungImageSchema),
    }),
  ),
  mode: readingModeSchema,
  ownRead: ownReadSchema.nullable(),
  recordedAtMs: instantMsSchema.nullable(),
  /** The newest study of the same kind that the reader has not read yet. */
  nextStudy: uidSchema.nullable(),
});

/** A study as a reader opened it. */
export type OpenedStudy = z.infer<typeof openedStudySchema>;

/** `POST /api/reading/readings/:readingId/own-read`. */
export const recordedReadSchema = z.strictObject({ recordedAtMs: instantMsSchema });

const estimateSchema = z.strictObject({
  value: z.number().min(0).max(1),
  interval: z.strictObject({ low: z.number(), high: z.number(), level: z.number() }).nullable(),
});

/** Why readers disagree with a model; words of their own could name a person. */
export const DISAGREEMENT_REASONS = [
  'missed-finding',
  'false-mark',
  'score-too-high',
  'score-too-low',
  'wrong-density',
  'image-quality',
  'known-from-priors',
] as const;

const verdictSchema = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('agree') }),
  z.strictObject({ verdict: z.literal('disagree'), reason: z.enum(DISAGREEMENT_REASONS) }),
]);

/** What a model says of a study, as readers see it. */
export const opinionSchema = z.strictObject({
  model: z.strictObject({ name: z.string(), version: z.string(), digest: digestSchema }),
  atMs: instantMsSchema,
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('scored'),
      score: estimateSchema,
      risks: z.array(z.strictObject({ years: z.number().int(), estimate: estimateSchema })),
      density: z.strictObject({ category: densitySchema, probability: z.number() }).nullable(),
      remarks: z.array(z.string()),
    }),
    z.strictObject({ kind: z.literal('refused'), reason: z.string(), says: z.string() }),
  ]),
  images: z.array(
    z.strictObject({
      sopInstanceUid: uidSchema,
      score: estimateSchema.nullable(),
      findings: z.array(
        z.strictObject({ kind: z.string(), probability: z.number(), column: z.number(), row: z.number() }),
      ),
      map: z
        .strictObject({
          rows: z.number().int().positive().max(1024),
          columns: z.number().int().positive().max(1024),
          method: z.string(),
          /** False where a gate found that the map does not follow the model. */
          faithful: z.boolean(),
          /** [row, column] as bytes in base64url: 255 is a probability of one, whatever the film's own highest value is. */
          bytes: z.base64url(),
        })
        .nullable(),
    }),
  ),
  verdict: verdictSchema.nullable(),
});

/** What a model says of a study. */
export type Opinion = z.infer<typeof opinionSchema>;

/** `POST /api/reading/readings/:readingId/opinion`: released now, and in the journal. */
export const opinionsSchema = z.strictObject({ opinions: z.array(opinionSchema) });

/** `POST /api/reading/readings/:readingId/verdict`. */
export const judgementSchema = z.strictObject({ digest: digestSchema, judged: verdictSchema });

const sourceSchema = z.strictObject({
  title: lineSchema,
  year: z.number().int().min(1950).max(2100),
  /** Section, table or page. */
  place: lineSchema,
  url: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .nullable(),
});

/** Further imaging that may be offered beside mammography. */
export const SUPPLEMENTAL_EXAMS = ['none', 'mri', 'ultrasound', 'contrast-mammography', 'tomosynthesis'] as const;

/** What happens next with a person. */
export const PLAN_PATHWAYS = [
  'routine',
  'additional-imaging',
  'short-follow-up',
  'tissue-diagnosis',
  'known-cancer',
  'suspected-cancer-referral',
  'nothing-from-this-study',
] as const;

const monthsSchema = z.number().int().min(1).max(120);
const supplementalSchema = z.enum(SUPPLEMENTAL_EXAMS);
const pathwaySchema = z.enum(PLAN_PATHWAYS);

/** What the site itself decides for bands of risk, where no published table speaks of the score of its models. */
export const siteTableSchema = z.strictObject({
  source: sourceSchema,
  /** Years that the risk is told for. */
  years: z.number().int().min(1).max(10),
  bands: z
    .array(
      z.strictObject({
        /** Shares of one: from here on, and below. */
        from: z.number().min(0).max(1),
        below: z.number().min(0).max(1),
        intervalMonths: monthsSchema.nullable(),
        supplemental: supplementalSchema.nullable(),
      }),
    )
    .min(1)
    .max(10)
    .refine(
      (bands) =>
        bands.every(({ from, below }, at) => from < below && (at === 0 || from >= (bands[at - 1]?.below ?? 0))),
      { error: 'bands go upwards and do not overlap' },
    ),
});

/** The site's own table. */
export type SiteTable = z.infer<typeof siteTableSchema>;

/** `PUT /api/reading/settings` (operator). */
export const readingSettingsSchema = z.strictObject({ mode: readingModeSchema, siteTable: siteTableSchema.nullable() });

/** `GET /api/reading/settings`. */
export const readingSettingsViewSchema = readingSettingsSchema.extend({
  /** Counted up with every change of the site's table; 0 where there was none. */
  siteTableVersion: z.number().int(),
});

/** Something that a table proposes. */
export const planValueSchema = z.discriminatedUnion('part', [
  z.strictObject({ part: z.literal('interval'), months: monthsSchema }),
  z.strictObject({
    part: z.literal('supplemental'),
    exam: supplementalSchema,
    /** At least and at most so many months apart; null where it is once. */
    everyMonths: z.strictObject({ from: monthsSchema, to: monthsSchema }).nullable(),
  }),
  z.strictObject({ part: z.literal('pathway'), pathway: pathwaySchema }),
]);

/** Something that a table proposes. */
export type PlanValue = z.infer<typeof planValueSchema>;

const proposedSchema = z.strictObject({ table: z.string(), value: planValueSchema, source: sourceSchema });

/** What a clinician decides. */
export const planSchema = z.strictObject({
  intervalMonths: monthsSchema.nullable(),
  supplemental: supplementalSchema,
  pathway: pathwaySchema,
});

/** What a clinician decides. */
export type Plan = z.infer<typeof planSchema>;

/** `GET /api/reading/studies/:study/plan`. */
export const planSheetSchema = z.strictObject({
  studyInstanceUid: uidSchema,
  person: z.string(),
  date: z.string(),
  task: readingTaskSchema,
  ageYears: z.number().int().nullable(),
  ownRead: ownReadSchema,
  /** Risk that a released opinion told; null where none did. */
  risk: z
    .strictObject({ years: z.number().int(), estimate: estimateSchema, model: z.string(), version: z.string() })
    .nullable(),
  proposed: z.array(proposedSchema),
  suggestion: planSchema,
  /** True where a risk is told and the site has not said what follows from it. */
  siteTableMissing: z.boolean(),
  /** Newest first. */
  versions: z.array(
    z.strictObject({
      version: z.number().int(),
      plan: planSchema,
      /** Whether it is what was proposed. */
      asProposed: z.boolean(),
      by: z.string(),
      atMs: instantMsSchema,
    }),
  ),
});

/** The plan sheet of a study. */
export type PlanSheet = z.infer<typeof planSheetSchema>;

/** `GET /api/reading/quality`: numbers below twenty are withheld. */
export const readingQualitySchema = z.strictObject({
  models: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      judged: guardedCountSchema,
      /** Share of judged opinions that readers agreed with, with its 95 % interval after Wilson; null where withheld. */
      agreement: z.strictObject({ share: z.number(), low: z.number(), high: z.number() }).nullable(),
      reasons: z.array(z.strictObject({ reason: z.enum(DISAGREEMENT_REASONS), count: guardedCountSchema })),
    }),
  ),
  times: z.array(
    z.strictObject({
      task: readingTaskSchema,
      reads: guardedCountSchema,
      /** Seconds from opening to the recorded read; null where withheld. */
      seconds: z.strictObject({ quarter: z.number(), median: z.number(), threeQuarters: z.number() }).nullable(),
    }),
  ),
});

/** How reading with models goes. */
export type ReadingQuality = z.infer<typeof readingQualitySchema>;

/** Why similar cases are not shown. */
export const SIMILAR_REFUSALS = [
  'no-permit',
  'permit-over',
  'stopped',
  'consent',
  'conditions',
  'local-rule',
  'not-kept',
] as const;

/** Why similar cases are not shown. */
export type SimilarRefusal = (typeof SIMILAR_REFUSALS)[number];

/** `POST /api/reading/similar-permits` (protection officer): why similar cases may be shown at this node, and for how many days. */
export const similarPermitWishSchema = z.strictObject({ ground: lineSchema, days: z.number().int().min(1).max(1096) });

/** What a permit for similar cases says. */
export type SimilarPermitWish = z.infer<typeof similarPermitWishSchema>;

/** A permit for similar cases. */
export const similarPermitSchema = z.strictObject({
  permitId: idSchema,
  /** Whose people are shown. */
  dataset: datasetNameSchema,
  ground: z.string(),
  grantedBy: z.string(),
  grantedAtMs: instantMsSchema,
  untilMs: instantMsSchema,
  withdrawnAtMs: instantMsSchema.nullable(),
});

/** A permit for similar cases. */
export type SimilarPermit = z.infer<typeof similarPermitSchema>;

/** `GET /api/reading/similar-permits`: newest first, and why none of them holds now; null where one does. */
export const similarPermitsSchema = z.strictObject({
  items: z.array(similarPermitSchema),
  refusal: z.enum(SIMILAR_REFUSALS).nullable(),
});

/** `POST /api/reading/readings/:readingId/similar`: the model whose opinion is looked at. */
export const similarQuestionSchema = z.strictObject({ digest: digestSchema });

/** Cases that are shown at once. */
export const MOST_SIMILAR = 6;

const similarCaseSchema = z.strictObject({
  studyInstanceUid: uidSchema,
  /** Pseudonym. */
  person: z.string(),
  date: z.string(),
  ageYears: z.number().int().nullable(),
  /** 0 is the same to the model; see `medianDistance`. */
  distance: z.number().min(0),
  /** What the node's tables know of what the model looks for: the clinical table before what a reader reported; null where neither knows. */
  outcome: z.strictObject({ source: z.enum(['table', 'reader']), found: z.boolean() }).nullable(),
  /** Whole months from the study to the person's last one in the archive. */
  followedMonths: z.number().int().min(0).nullable(),
  images: z.array(hungImageSchema).max(4),
});

/** Cases of this node that look alike to a model. */
export const similarCasesSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none'), why: z.enum(SIMILAR_REFUSALS) }),
  z.strictObject({
    kind: z.literal('found'),
    permit: similarPermitSchema,
    /** Studies that were looked at. */
    searched: z.number().int().min(0),
    /** Within which half of them lie; null where there is none. */
    medianDistance: z.number().min(0).nullable(),
    cases: z.array(similarCaseSchema).max(MOST_SIMILAR),
  }),
]);

/** Cases of this node that look alike to a model. */
export type SimilarCases = z.infer<typeof similarCasesSchema>;
