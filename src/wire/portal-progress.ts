import { z } from 'zod';
import { countrySchema, datasetNameSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { OBJECTIVES, reportedActivitySchema } from './portal-collaboration.ts';
import { siteStateSchema } from './portal-hub.ts';
import { kitReachRowSchema } from './portal-outreach.ts';

const countSchema = z.number().int().nonnegative();
const monthSchema = z.string().regex(/^\d{4}-\d{2}$/);
const scoreSchema = z.number().min(0).max(100);

/** A sum of counts that nodes let out. */
export const tallySchema = z.strictObject({
  sites: countSchema,
  datasets: countSchema,
  studies: countSchema,
  persons: countSchema,
  images: countSchema,
  /** Of the studies, those of synthetic datasets. */
  syntheticStudies: countSchema,
  /** Datasets whose node told no number of studies: they add nothing to the sum. */
  withheld: countSchema,
  /** All that those could add is below this; 0 where there is none. */
  withheldBelow: countSchema,
});

/** A sum of counts that nodes let out. */
export type Tally = z.infer<typeof tallySchema>;

/** What a sum is of; null: the nodes did not say. */
const tallyRowSchema = tallySchema.extend({
  key: z.string().max(400).nullable(),
  /** In English, of a code; null where the key is no code. */
  name: z.string().nullable(),
});

/** Sums of datasets that have something in common. */
export type TallyRow = z.infer<typeof tallyRowSchema>;

/** What samples are grouped by: country (ISO 3166-1 alpha-2), cancer (hyper-ontology), modality (DICOM, several joined by `+`), tier reached. */
export const PROGRESS_GROUPS = ['country', 'cancer', 'modality', 'readiness'] as const;

/** One of {@link PROGRESS_GROUPS}. */
export type ProgressGroup = (typeof PROGRESS_GROUPS)[number];

const groupsShape = {
  country: z.array(tallyRowSchema),
  cancer: z.array(tallyRowSchema),
  modality: z.array(tallyRowSchema),
  readiness: z.array(tallyRowSchema),
};

/** Where the network stood at the end of a month (UTC). */
const monthStandingSchema = z.strictObject({
  month: monthSchema,
  sites: countSchema,
  datasets: countSchema,
  studies: countSchema,
  /** Mean over the datasets, 0 to 100; null where none was there, or none is scored yet. */
  quality: scoreSchema.nullable(),
  fair: scoreSchema.nullable(),
  label: scoreSchema.nullable(),
});

/** Where the network stood at the end of a month. */
export type MonthStanding = z.infer<typeof monthStandingSchema>;

/** Steps of joining, each of which rests on the one before. */
export const JOINING_STEPS = ['invited', 'enrolled', 'approved', 'published', 'counted', 'learning'] as const;

/** One of {@link JOINING_STEPS}. */
export type JoiningStep = (typeof JOINING_STEPS)[number];

/** Who has to do something for a site to come further. */
export const JOINING_TURNS = ['operator', 'curator', 'coordinator', 'researcher', 'nobody'] as const;

/** One of {@link JOINING_TURNS}. */
export type JoiningTurn = (typeof JOINING_TURNS)[number];

/** What may be wrong with a site. */
export const SITE_FLAGS = ['offline', 'silent', 'clock', 'other-code', 'other-software', 'suspended'] as const;

/** One of {@link SITE_FLAGS}. */
export type SiteFlag = (typeof SITE_FLAGS)[number];

/** A site of the network as its coordinator follows it. */
export const followedSiteSchema = tallySchema.omit({ sites: true }).extend({
  siteId: siteIdSchema,
  displayName: z.string(),
  country: countrySchema,
  state: siteStateSchema,
  health: z.enum(['good', 'attention', 'silent', 'not-started']),
  flags: z.array(z.enum(SITE_FLAGS)),
  /** Tier of Cancer Image Europe that its data have reached; 0: none. */
  tier: z.number().int().min(0).max(3),
  software: z.string().nullable(),
  lastSeenAtMs: instantMsSchema.nullable(),
  quality: scoreSchema.nullable(),
  fair: scoreSchema.nullable(),
});

/** A site of the network as its coordinator follows it. */
export type FollowedSite = z.infer<typeof followedSiteSchema>;

/** What can be aimed at. */
export const TARGET_MEASURES = ['studies', 'persons', 'sites', 'countries', 'datasets', 'permits', 'models'] as const;

/** One of {@link TARGET_MEASURES}. */
export type TargetMeasure = (typeof TARGET_MEASURES)[number];

/** What a target is set for: the whole network, or the studies of a country, a cancer or a modality. */
export const TARGET_SCOPES = ['network', 'country', 'cancer', 'modality'] as const;

/** One of {@link TARGET_SCOPES}. */
export type TargetScope = (typeof TARGET_SCOPES)[number];

const targetShape = {
  measure: z.enum(TARGET_MEASURES),
  scope: z.enum(TARGET_SCOPES),
  /** `''` for the whole network; else a country, a code of the hyper-ontology, or a DICOM modality. */
  key: z.string().regex(/^[A-Za-z0-9+]{0,40}$/, 'a country, a code of the hyper-ontology, or a modality'),
};

/** `POST /api/progress/targets` (coordinator). */
export const targetChangeSchema = z
  .strictObject({
    ...targetShape,
    /** Null: no longer aimed at. */
    value: z.number().int().positive().max(1_000_000_000).nullable(),
    /** By the end of this day. */
    dueOn: z.iso.date().nullable(),
    because: z.string().trim().min(1).max(500),
  })
  .refine(({ scope, key }) => (scope === 'network') === (key === ''), {
    path: ['key'],
    message: 'a target of the network has none, any other has one',
  })
  .refine(({ scope, measure }) => scope === 'network' || measure === 'studies', {
    path: ['measure'],
    message: 'of a part of the network, studies are aimed at',
  });

/** A target as it is set. */
export type TargetChange = z.infer<typeof targetChangeSchema>;

const targetStandingSchema = z.strictObject({
  ...targetShape,
  value: z.number().int().positive(),
  dueOn: z.iso.date().nullable(),
  reached: countSchema,
  /** Null: the aim of the programme, which nobody has changed yet. */
  setAtMs: instantMsSchema.nullable(),
});

/** A target and how far it is reached. */
export type TargetStanding = z.infer<typeof targetStandingSchema>;

/** `GET /api/progress/targets`: everything that was ever set, newest first. */
export const targetHistorySchema = z.strictObject({
  changes: z.array(
    z.strictObject({
      ...targetShape,
      value: z.number().int().positive().nullable(),
      dueOn: z.iso.date().nullable(),
      because: z.string(),
      by: z.string(),
      atMs: instantMsSchema,
    }),
  ),
});

/** What was ever set as a target. */
export type TargetHistory = z.infer<typeof targetHistorySchema>;

/** Frames that funders and the law report in. */
export const INDICATOR_FRAMES = ['eu4health', 'ehds', 'beating-cancer', 'cancer-mission'] as const;

/** Names of figures that indicators are told by. */
export const INDICATOR_FIGURES = [
  'sites-active',
  'sites-publishing',
  'countries',
  'datasets',
  'datasets-tier-1',
  'datasets-tier-2',
  'datasets-tier-3',
  'datasets-reviewed',
  'label-mean',
  'studies',
  'persons',
  'images',
  'studies-breast',
  'studies-lung',
  'studies-prostate',
  'requests',
  'requests-granted',
  'requests-refused',
  'permits-valid',
  'projects-public',
  'rounds',
  'models',
  'models-evaluated',
  'cancers',
] as const;

/** One of {@link INDICATOR_FIGURES}. */
export type IndicatorFigure = (typeof INDICATOR_FIGURES)[number];

const indicatorStandingSchema = z.strictObject({
  id: z.enum(OBJECTIVES),
  frame: z.enum(INDICATOR_FRAMES),
  /** What the source asks for, in English. */
  asks: z.string(),
  source: z.strictObject({ title: z.string(), place: z.string(), url: z.url() }),
  /** None: nothing that the network counts speaks to it. */
  figures: z.array(
    z.strictObject({
      figure: z.enum(INDICATOR_FIGURES),
      value: z.number().nonnegative().nullable(),
      /** What the source itself aims at, where it says. */
      aim: z.number().positive().nullable(),
    }),
  ),
});

/** An indicator with the figures that speak to it. */
export type IndicatorStanding = z.infer<typeof indicatorStandingSchema>;

/** What went wrong, or was ended, in the network. */
export const INCIDENT_KINDS = [
  'site.suspended',
  'site.ejected',
  'site.twins-noticed',
  'site.journal-set-back',
  'permit.revoked',
  'job.failed',
] as const;

/** `GET /api/progress` (coordinator, auditor): how far the network has come. */
export const networkProgressSchema = z.strictObject({
  atMs: instantMsSchema,
  network: z.string(),
  software: z.string(),
  totals: tallySchema.extend({ members: countSchema, online: countSchema, countries: countSchema }),
  groups: z.strictObject(groupsShape),
  months: z.array(monthStandingSchema),
  sites: z.array(followedSiteSchema),
  joining: z.strictObject({
    steps: z.array(
      z.strictObject({
        step: z.enum(JOINING_STEPS),
        /** Sites that have come so far, and those of them that wait there. */
        reached: countSchema,
        waiting: countSchema,
        /** Days from the step before; null where none is known. */
        medianDays: z.number().nonnegative().nullable(),
        /** Days of the one that has waited longest. */
        longestWaitDays: z.number().int().nonnegative().nullable(),
      }),
    ),
    sites: z.array(
      z.strictObject({
        siteId: siteIdSchema,
        displayName: z.string(),
        step: z.enum(JOINING_STEPS),
        /** Null: it was there before its steps were written down. */
        sinceMs: instantMsSchema.nullable(),
        /** Whole days that it has waited; null where that is not known, or there is nothing to wait for. */
        days: countSchema.nullable(),
        turn: z.enum(JOINING_TURNS),
      }),
    ),
  }),
  access: z.strictObject({
    requests: z.strictObject({ asked: countSchema, open: countSchema, granted: countSchema, refused: countSchema }),
    permits: z.strictObject({ valid: countSchema, expired: countSchema, revoked: countSchema }),
    projects: z.array(
      z.strictObject({
        requestId: idSchema,
        title: z.string(),
        askedAtMs: instantMsSchema,
        holders: countSchema,
        granted: countSchema,
        waitingForHolder: countSchema,
        waitingForRequester: countSchema,
        permits: countSchema,
      }),
    ),
  }),
  learning: z.strictObject({
    jobs: z.array(
      z.strictObject({
        jobId: idSchema,
        title: z.string(),
        dataset: datasetNameSchema,
        state: z.enum(['awaiting-approval', 'running', 'finished', 'cancelled', 'failed']),
        roundsDone: countSchema,
        rounds: countSchema,
        sites: countSchema,
        modelId: idSchema.nullable(),
        updatedAtMs: instantMsSchema,
      }),
    ),
    roundsDone: countSchema,
    models: z.strictObject({
      candidate: countSchema,
      registered: countSchema,
      retired: countSchema,
      evaluated: countSchema,
    }),
  }),
  /** People whom training reached: nobody is tracked, so whoever learns in two browsers is there twice. */
  training: z.strictObject({
    people: countSchema,
    months: z.array(z.strictObject({ month: monthSchema, inCourses: countSchema, certified: countSchema })),
  }),
  /** What of the campaign kit was opened, printed, kept, copied and handed out: nobody is tracked. */
  outreach: z.array(kitReachRowSchema),
  incidents: z.array(
    z.strictObject({
      kind: z.enum(INCIDENT_KINDS),
      subject: z.string(),
      because: z.string().nullable(),
      atMs: instantMsSchema,
    }),
  ),
  targets: z.array(targetStandingSchema),
  indicators: z.array(indicatorStandingSchema),
  /** What the network does with others, the latest first. */
  collaborations: z.array(reportedActivitySchema),
});

/** How far the network has come. */
export type NetworkProgress = z.infer<typeof networkProgressSchema>;

/** `GET /api/state`: the state of the network for everybody. Nothing is in it that the public catalogue does not tell. */
export const networkStateSchema = z.strictObject({
  atMs: instantMsSchema,
  network: z.string(),
  totals: tallySchema.extend({ countries: countSchema }),
  groups: z.strictObject({ country: groupsShape.country, cancer: groupsShape.cancer, modality: groupsShape.modality }),
  /** Samples that the network aims at; null where it does not. */
  target: z.number().int().positive().nullable(),
  projects: countSchema,
  models: countSchema,
});

/** The state of the network for everybody. */
export type NetworkState = z.infer<typeof networkStateSchema>;

/** Tables of the report that can be had one by one. */
export const PROGRESS_TABLES = [
  'summary',
  'targets',
  'country',
  'cancer',
  'modality',
  'readiness',
  'months',
  'sites',
  'joining',
  'projects',
  'jobs',
  'training',
  'incidents',
  'outreach',
  'collaborations',
  'indicators',
] as const;

/** One of {@link PROGRESS_TABLES}. */
export type ProgressTable = (typeof PROGRESS_TABLES)[number];
