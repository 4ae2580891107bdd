import { z } from 'zod';
import { digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { clinicModelNameSchema, clinicTaskSchema } from './portal-clinic.ts';

/** Logits of scores between which people are counted: from −6.8 (0.1 %) to 6.8 in steps of 0.4. */
export const WATCH_EDGES: readonly number[] = Array.from({ length: 35 }, (_, index) => (index * 4 - 68) / 10);

/** A period ends with the month in which it has seen so many different people. */
export const WATCH_LEAST_PEOPLE = 50;

/** Periods and batches of outcomes of a site, at most, that an answer tells: the newest. */
export const MOST_WATCH_PARTS = 60;

/** More people than any site has: whatever a node writes, sums of all sites stay exact. */
const MOST_PEOPLE = 100_000_000;

const countSchema = z.number().int().nonnegative().max(MOST_PEOPLE);
const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'YYYY-MM');
const shareSchema = z.number().min(0).max(1);
const versionSchema = z.string().min(1).max(64);

/** A count that is withheld where it is small. */
const cellSchema = z.union([z.strictObject({ count: countSchema }), z.strictObject({ below: countSchema })]);

/** What is known of those whose films were read, by groups that every site counts alike. */
const WATCH_INPUTS = ['age', 'density', 'images', 'manufacturer'] as const;

function countedIn(cells: Readonly<Record<string, z.infer<typeof cellSchema>>>): number {
  return Object.values(cells).reduce((sum, cell) => sum + ('count' in cell ? cell.count : 0), 0);
}

/** Groups of a thing that is counted of the people of a period. */
const inputTableSchema = z.strictObject({
  of: z.enum(WATCH_INPUTS),
  /** By name of the group; every one of them is there. */
  cells: z
    .record(z.string().regex(/^[a-z0-9+-]{1,20}$/), cellSchema)
    .refine((cells) => Object.keys(cells).length <= 20, { error: 'more than 20 groups' }),
});

/** How a model was used in months that are over: told once, and the same again whenever it is asked. */
export const watchPeriodSchema = z
  .strictObject({
    /** First and last month of it. */
    from: monthSchema,
    to: monthSchema,
    /** Different people with a score. */
    people: countSchema.min(WATCH_LEAST_PEOPLE),
    /** People by the logit of their score between {@link WATCH_EDGES}. */
    scores: z.array(countSchema).length(36),
    inputs: z.array(inputTableSchema).max(WATCH_INPUTS.length),
  })
  .refine(({ people, scores }) => scores.reduce((sum, count) => sum + count, 0) === people, {
    error: 'the scores are not those of the people',
    path: ['scores'],
  })
  .refine(({ from, to }) => from <= to, { error: 'it ends before it begins', path: ['to'] })
  .refine(({ inputs }) => new Set(inputs.map(({ of }) => of)).size === inputs.length, {
    error: 'a thing is counted twice',
    path: ['inputs'],
  })
  .refine(({ people, inputs }) => inputs.every(({ cells }) => countedIn(cells) <= people), {
    error: 'more people are in groups than there are',
    path: ['inputs'],
  });

/** How a model was used in months that are over. */
export type WatchPeriod = z.infer<typeof watchPeriodSchema>;

/** People with neighbouring scores, and how many of them had what the model looks for. */
const outcomeBinSchema = z
  .strictObject({
    people: countSchema.min(10),
    /** Sum of their scores. */
    expected: z.number().nonnegative(),
    found: countSchema,
    /** Their scores count as an alarm; null where so few do, or do not, that it is not told. */
    isAlarm: z.boolean().nullable(),
  })
  .refine(({ people, expected, found }) => expected <= people && found <= people, {
    error: 'more are found, or expected, than there are people',
  });

/** What became of people with a score; each examination is in one batch alone, once. */
export const watchOutcomesSchema = z.strictObject({
  /** `table`: the clinical table of the archive; `reader`: what readers found. */
  source: z.enum(['table', 'reader']),
  /** Of either side of the alarm at most as many as scores are counted in: scores of days with another correction overlap. */
  bins: z.array(outcomeBinSchema).min(1).max(72),
});

/** What became of people with a score. */
export type WatchOutcomes = z.infer<typeof watchOutcomesSchema>;

/** How a site makes its scores fit what it sees: logit′ = intercept + slope · logit. */
export const scoreCorrectionSchema = z.strictObject({
  intercept: z.number().min(-5).max(5),
  slope: z.number().min(0.1).max(10),
});

/** How a site makes its scores fit what it sees. */
export type ScoreCorrection = z.infer<typeof scoreCorrectionSchema>;

/** All that leaves a site that is asked how a model does in its clinic. */
export const watchAnswerSchema = z.strictObject({
  model: z.strictObject({ name: clinicModelNameSchema, version: versionSchema, digest: digestSchema }),
  task: clinicTaskSchema,
  mode: z.enum(['shown', 'shadow']),
  periods: z
    .array(watchPeriodSchema)
    .max(MOST_WATCH_PARTS)
    .refine((periods) => periods.every(({ from }, at) => at === 0 || from > (periods[at - 1]?.to ?? '')), {
      error: 'periods follow one another, and no month is in two of them',
    }),
  outcomes: z.array(watchOutcomesSchema).max(MOST_WATCH_PARTS),
  /** In force there; scores above are those before it. */
  correction: scoreCorrectionSchema.nullable(),
});

/** All that leaves a site that is asked how a model does in its clinic. */
export type WatchAnswer = z.infer<typeof watchAnswerSchema>;

const reasonSchema = z.string().trim().min(10).max(500);

/** `POST /api/model-watches`: asks sites how a model does in their clinic. */
export const watchWishSchema = z.strictObject({
  model: clinicModelNameSchema,
  sites: z.array(siteIdSchema).min(1).max(200),
  /** What it is asked for; owners read it. */
  because: reasonSchema,
});

/** What a site is asked. */
export const watchTaskSchema = z.strictObject({
  kind: z.literal('watch-model'),
  watchId: idSchema,
  model: clinicModelNameSchema,
  requester: z.string().max(200),
  because: reasonSchema,
});

/** What the network found would fit a site's scores; its owner accepts it or not. */
export const correctionTaskSchema = z.strictObject({
  kind: z.literal('suggest-correction'),
  watchId: idSchema,
  model: clinicModelNameSchema,
  version: versionSchema,
  digest: digestSchema,
  correction: scoreCorrectionSchema,
});

const intervalSchema = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

/** How far two distributions are apart. */
const shiftSchema = z.strictObject({
  /** Population stability index; below 0.1 stable, from 0.25 on moved. */
  psi: intervalSchema,
  /** Kolmogorov–Smirnov distance on the bins, and what chance reaches in one of 20 comparisons. */
  ks: z.number(),
  ksByChance: z.number(),
  /** The interval of PSI lies above what chance alone gives, and KS above its own. */
  verdict: z.enum(['stable', 'watch', 'moved']),
});

/** How far two distributions are apart. */
export type WatchShift = z.infer<typeof shiftSchema>;

const calibrationSchema = z.strictObject({
  people: countSchema,
  found: countSchema,
  /** Expected over observed with 95 %; null where nothing was found. */
  ratio: intervalSchema.nullable(),
  /** Intercept at slope one, and slope; null where they have no finite answer. */
  intercept: intervalSchema.nullable(),
  slope: intervalSchema.nullable(),
  /** Share of people whose alarm, or its absence, agrees with what was found; null where it is not told. */
  agreement: intervalSchema.nullable(),
  bins: z.array(z.strictObject({ people: countSchema, predicted: shareSchema, observed: shareSchema })).max(40),
});

/** How scores fit what was found. */
export type WatchCalibration = z.infer<typeof calibrationSchema>;

const watchFiguresSchema = z.strictObject({
  /** People in all periods. */
  people: countSchema,
  periods: z.array(
    z.strictObject({
      from: monthSchema,
      to: monthSchema,
      people: countSchema,
      /** Against the first period of the site; null for that one. */
      shift: shiftSchema.nullable(),
      /** Evidence that high scores became more, or fewer, than in the first period (CUSUM). */
      highScores: z.enum(['rose', 'fell']).nullable(),
      inputs: z.array(z.strictObject({ of: z.enum(WATCH_INPUTS), psi: intervalSchema })).max(WATCH_INPUTS.length),
    }),
  ),
  /** The newest period against those of all other sites; null where no other answered. */
  fromOthers: shiftSchema.nullable(),
  calibration: z.strictObject({ table: calibrationSchema.nullable(), reader: calibrationSchema.nullable() }),
  /** What would make the scores fit; null where they do, or too little is known. */
  suggestion: scoreCorrectionSchema.nullable(),
  correction: scoreCorrectionSchema.nullable(),
});

/** Figures of a site. */
export type WatchFigures = z.infer<typeof watchFiguresSchema>;

const watchedSiteSchema = z.strictObject({
  siteId: siteIdSchema,
  state: z.enum(['waiting', 'answered', 'refused']),
  because: z.string().nullable(),
  answeredAtMs: instantMsSchema.nullable(),
  version: versionSchema.nullable(),
  mode: z.enum(['shown', 'shadow']).nullable(),
  figures: watchFiguresSchema.nullable(),
});

/** `GET /api/model-watches/{watchId}` */
export const modelWatchSchema = z.strictObject({
  watchId: idSchema,
  model: clinicModelNameSchema,
  because: z.string(),
  askedBy: z.string(),
  askedAtMs: instantMsSchema,
  sites: z.array(watchedSiteSchema),
});

/** How a model does in the clinics that were asked. */
export type ModelWatch = z.infer<typeof modelWatchSchema>;

/** `GET /api/model-watches`: newest first. */
export const modelWatchesSchema = z.strictObject({
  items: z.array(
    modelWatchSchema.omit({ sites: true }).extend({ asked: countSchema, answered: countSchema, refused: countSchema }),
  ),
});

/** Questions how models do in the clinic. */
export type ModelWatches = z.infer<typeof modelWatchesSchema>;

/** A question that the owner of a node decides on, with what would leave. */
const watchQuestionSchema = z.strictObject({
  watchId: idSchema,
  model: clinicModelNameSchema,
  requester: z.string(),
  because: z.string(),
  askedAtMs: instantMsSchema,
  state: z.enum(['waiting', 'approved', 'denied']),
  decidedBy: z.string().nullable(),
  decidedAtMs: instantMsSchema.nullable(),
  /** What leaves, or left; null for a question that was denied or whose model is not in use. */
  answer: watchAnswerSchema.nullable(),
});

/** A suggestion of the network, beside what the site itself counted. */
const suggestedCorrectionSchema = z.strictObject({
  watchId: idSchema,
  model: clinicModelNameSchema,
  version: versionSchema,
  correction: scoreCorrectionSchema,
  atMs: instantMsSchema,
  state: z.enum(['suggested', 'accepted', 'declined', 'replaced']),
  decidedBy: z.string().nullable(),
  decidedAtMs: instantMsSchema.nullable(),
  /** Expected over observed of what was told before it and with it, in this node's own counts. */
  before: z.number().nullable(),
  after: z.number().nullable(),
});

/** `GET /api/clinic/watches`: what the network asked, and what it suggested. */
export const clinicWatchesSchema = z.strictObject({
  questions: z.array(watchQuestionSchema).max(100),
  corrections: z.array(suggestedCorrectionSchema).max(100),
});

/** What the network asked of models in the clinic, and what it suggested. */
export type ClinicWatches = z.infer<typeof clinicWatchesSchema>;

/** `POST /api/clinic/watches/{watchId}/decision` */
export const watchDecisionSchema = z.strictObject({ decision: z.enum(['approved', 'denied']) });

/** `POST /api/clinic/corrections/{watchId}/decision` */
export const correctionDecisionSchema = z.strictObject({ decision: z.enum(['accepted', 'declined']) });
