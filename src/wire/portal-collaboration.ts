import { z } from 'zod';
import { idSchema, instantMsSchema } from './names.ts';

/** With whom a network works together. */
export const COLLABORATION_PARTNERS = ['eucaim', 'ehds', 'cancer-mission', 'other'] as const;

/** One of {@link COLLABORATION_PARTNERS}. */
export type CollaborationPartner = (typeof COLLABORATION_PARTNERS)[number];

/** What an activity is. */
export const COLLABORATION_KINDS = [
  'meeting',
  'joint-work',
  'standard',
  'training',
  'publication',
  'event',
  'agreement',
] as const;

/** One of {@link COLLABORATION_KINDS}. */
export type CollaborationKind = (typeof COLLABORATION_KINDS)[number];

/** How far an activity is; `withdrawn`: it was entered by mistake, and no report tells of it. */
export const COLLABORATION_STATES = ['planned', 'under-way', 'done', 'called-off', 'withdrawn'] as const;

/** One of {@link COLLABORATION_STATES}. */
export type CollaborationState = (typeof COLLABORATION_STATES)[number];

/** What funders and the law ask for, by the names that indicators have; a name that was once given stays. */
export const OBJECTIVES = [
  'eu4health-nodes',
  'eu4health-readiness',
  'eu4health-reach',
  'eu4health-screening',
  'ehds-descriptions',
  'ehds-label',
  'ehds-access',
  'ehds-public',
  'ebcp-cases',
  'ebcp-providers',
  'ebcp-learning',
  'mission-understanding',
  'mission-prevention',
  'mission-diagnosis',
  'mission-quality-of-life',
] as const;

/** One of {@link OBJECTIVES}. */
export type Objective = (typeof OBJECTIVES)[number];

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 digest in lower-case hexadecimal');
const linkSchema = z.url({ protocol: /^https?$/, hostname: z.regexes.domain }).max(500);

/** What shows that it happened: an address, or a file that the coordinator keeps and whose digest is here. */
const evidenceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('link'), url: linkSchema }),
  z.strictObject({ kind: z.literal('file'), name: z.string().trim().min(1).max(200), sha256: sha256Schema }),
]);

/** What shows that an activity happened. */
export type CollaborationEvidence = z.infer<typeof evidenceSchema>;

const activityShape = {
  partner: z.enum(COLLABORATION_PARTNERS),
  /** Which body, project or organisation; never a person. */
  partnerName: z.string().trim().min(1).max(200),
  kind: z.enum(COLLABORATION_KINDS),
  title: z.string().trim().min(1).max(200),
  startsOn: z.iso.date(),
  /** Null: one day, or no end is known. */
  endsOn: z.iso.date().nullable(),
  state: z.enum(COLLABORATION_STATES),
  /** What came of it; empty while nothing has. */
  outcome: z.string().trim().max(2000),
  evidence: z.array(evidenceSchema).max(10),
  /** Which of them it serves. */
  objectives: z.array(z.enum(OBJECTIVES)).max(OBJECTIVES.length),
  isPublic: z.boolean(),
};

/** An activity without the people who took part: what is digested for the journal. */
export const plainActivitySchema = z.strictObject(activityShape);

/** An activity without the people who took part. */
export type PlainActivity = z.infer<typeof plainActivitySchema>;

/** An activity as a coordinator writes it. */
const activitySchema = z
  .strictObject({
    ...activityShape,
    /** Names of those who took part, for the coordinator alone: no report, no file and no public list has them. */
    people: z.array(z.string().trim().min(1).max(100)).max(30),
  })
  .refine(({ startsOn, endsOn }) => endsOn === null || endsOn >= startsOn, {
    path: ['endsOn'],
    message: 'ends before it begins',
  });

/** An activity as a coordinator writes it. */
export type Activity = z.infer<typeof activitySchema>;

const becauseSchema = z.string().trim().min(1).max(500);

/** `POST /api/collaborations` (coordinator): a new activity. */
export const newActivitySchema = z.strictObject({ activity: activitySchema });

/** `PUT /api/collaborations/:activityId` (coordinator): a new version of it; the one before stays. */
export const activityChangeSchema = z.strictObject({
  activity: activitySchema,
  /** The version that was looked at: who changes an older one is told. */
  basedOn: z.number().int().positive(),
  because: becauseSchema,
});

/** A change of an activity. */
export type ActivityChange = z.infer<typeof activityChangeSchema>;

/** `POST /api/collaborations/:activityId/forget-people` (coordinator): the names leave every version. */
export const forgetPeopleSchema = z.strictObject({ because: becauseSchema });

/** Where an activity now stands. */
export const activityKeptSchema = z.strictObject({ activityId: idSchema, version: z.number().int().positive() });

/** Where an activity now stands. */
export type ActivityKept = z.infer<typeof activityKeptSchema>;

/** `GET /api/collaborations` (coordinator, auditor) shows the newest version of each; `…/:activityId` all versions of one. */
export const activityVersionSchema = z.strictObject({
  activityId: idSchema,
  version: z.number().int().positive(),
  ...activityShape,
  people: z.array(z.string()),
  because: z.string(),
  by: z.string(),
  atMs: instantMsSchema,
});

/** A version of an activity. */
export type ActivityVersion = z.infer<typeof activityVersionSchema>;

/** `GET /api/collaborations`: newest first. */
export const activityListSchema = z.strictObject({ activities: z.array(activityVersionSchema) });

/** What the coordinator's report tells of an activity: nobody's name. */
export const reportedActivitySchema = z.strictObject({ activityId: idSchema, ...activityShape });

/** What the coordinator's report tells of an activity. */
export type ReportedActivity = z.infer<typeof reportedActivitySchema>;

/** `GET /api/state/collaborations`: what everybody may know. Files are told by their digests alone: a name of a file may be a person's. */
export const publicActivitiesSchema = z.strictObject({
  activities: z.array(
    z.strictObject({
      activityId: idSchema,
      ...activityShape,
      isPublic: z.literal(true),
      evidence: z.array(
        z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('link'), url: linkSchema }),
          z.strictObject({ kind: z.literal('file'), sha256: sha256Schema }),
        ]),
      ),
    }),
  ),
});

/** What everybody may know of what a network does with others. */
export type PublicActivities = z.infer<typeof publicActivitiesSchema>;
