import { z } from 'zod';
import { checkupSchema, MENDERS } from './checkup.ts';
import { countrySchema, instantMsSchema, siteIdSchema } from './names.ts';
import { dossierItemSchema } from './portal-dossier.ts';

/** From an empty folder to a node of each tier of EUCAIM, in the order in which one step rests on the one before. */
export const SETUP_STEPS = [
  'machine',
  'way-out',
  'enrolment',
  'membership',
  'responsible',
  'dossier',
  'images',
  'deidentification',
  'set-aside',
  'tables',
  'quality',
  'dataset',
  'questionnaires',
  'tier-1',
  'tier-2',
  'tier-3',
] as const;
export type SetupStepName = (typeof SETUP_STEPS)[number];

const countSchema = z.number().int().min(0);

/** What is measured of a node for the way and for the questionnaires of EUCAIM; nothing of it was typed for them. */
export const setupMeasuresSchema = z.strictObject({
  images: countSchema,
  studies: countSchema,
  quarantined: countSchema,
  /** Images with something blacked out, and of these how many nobody has looked at. */
  masked: countSchema,
  maskedUnseen: countSchema,
  tablesWaiting: countSchema,
  tablesLoaded: countSchema,
  /** Rows of clinical tables that are in the warehouse. */
  rowsLoaded: countSchema,
  /** 0 to 100; null where there is no image to judge. */
  qualityScore: z.number().min(0).max(100).nullable(),
  /** Checks of quality that found an error, not a remark. */
  qualityErrors: countSchema,
  /** Items of the legal dossier that are missing or have run out. */
  hindrances: z.array(dossierItemSchema),
  /** An example stands for the legal dossier: nothing of it is a real document. */
  isExample: z.boolean(),
  /** The version of the dataset that was published last; null: none. */
  publishedVersion: z.number().int().positive().nullable(),
  /** Receipts of counts and sums that the node has answered. */
  answered: countSchema,
  /** Whether the service runs. */
  isRunning: z.boolean(),
  isStopped: z.boolean(),
  memoryMib: z.number().min(0),
  cores: countSchema,
  diskFreeBytes: countSchema.nullable(),
  trainingWorkers: countSchema,
  approval: z.enum(['ask', 'automatic']),
  /** Counts below this many people are withheld. */
  minimumCount: countSchema,
  privacyEpsilon: z.number().positive(),
  hasVault: z.boolean(),
  /** Where DICOM images are received; null: nowhere. */
  dicom: z.strictObject({ aeTitle: z.string(), port: countSchema }).nullable(),
});
/** What is measured of a node for the way. */
export type SetupMeasures = z.infer<typeof setupMeasuresSchema>;

/** Where a step stands. `blocked`: something has to be mended first; `waits`: it is somebody else's turn; `later`: steps before it are open. */
export const setupStepSchema = z.strictObject({
  step: z.enum(SETUP_STEPS),
  state: z.enum(['done', 'open', 'optional', 'waits', 'blocked', 'later']),
  says: z.string().max(4000),
  /** What to do, for somebody at a terminal; null where there is nothing. */
  next: z.string().max(4000).nullable(),
  turn: z.enum(MENDERS).nullable(),
  /** Of the finding that blocks it, from the table of errors; null where none does. */
  code: z.string().max(60).nullable(),
  /** Steps that come first; empty unless `later`. */
  first: z.array(z.enum(SETUP_STEPS)),
});
export type SetupStep = z.infer<typeof setupStepSchema>;

/** `GET /api/setup`: the way of a node, measured now. */
export const setupViewSchema = z.strictObject({
  atMs: instantMsSchema,
  steps: z.array(setupStepSchema),
  measures: setupMeasuresSchema,
  checkup: checkupSchema,
  /** Whose node it is; null before enrolment. */
  site: z
    .strictObject({ siteId: siteIdSchema, displayName: z.string(), country: countrySchema, hubName: z.string() })
    .nullable(),
  /** The hub that is, or would be, joined; null: it was not named yet. */
  hubUrl: z.string().nullable(),
  /** Made-up things to practise with; null on a real node. */
  practice: z.strictObject({ hubUrl: z.string(), code: z.string(), films: z.string() }).nullable(),
});
export type SetupView = z.infer<typeof setupViewSchema>;

/** `POST /api/setup/hub` (operator): the address of the hub that is to be joined. */
export const setupHubSchema = z.strictObject({
  hubUrl: z
    .url({ protocol: /^https?$/ })
    .max(300)
    // It is shown to all who look and kept on the card of the node.
    .refine((text) => {
      if (!URL.canParse(text)) return true;
      const { username, password, search, hash } = new URL(text);
      return `${username}${password}${search}${hash}` === '';
    }, 'give the address alone, without a name, a password, a question mark or a hash'),
});

/** `POST /api/setup/enrolment` (operator): the coordinator's one-time code; everything else of the site the hub knows by it. */
export const setupEnrolmentSchema = z.strictObject({ code: z.string().trim().min(8).max(64) });

/** Where the portal goes on after enrolment: the secret of a link that signs in at the node that has now begun. */
export const setupEnrolledSchema = z.strictObject({ siteId: siteIdSchema, link: z.string() });

/** `POST /api/setup/practice-count` (operator): how many people a practice hub was told of when it asked this node. */
export const practiceCountSchema = z.strictObject({
  /** null: withheld, as fewer than the smallest number that is told. */
  persons: countSchema.nullable(),
});
