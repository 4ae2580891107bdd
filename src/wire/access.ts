import { z } from 'zod';
import { canonicalJson, utf8 } from '#base';
import { dataUseSchema } from './data-use.ts';
import { datasetNameSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { OFFERED_OPERATIONS, operationSchema } from './permit.ts';
import { cohortQuerySchema } from './query.ts';
import { roleSchema } from './roles.ts';

/**
 * Text that people write and others read: no control characters but line ends and tabs, and none of the marks that turn the
 * direction of reading around, with which a text can be made to read as another one.
 */
export const proseSchema = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest)
    .regex(/^(?:[^\p{Cc}\u202a-\u202e\u2066-\u2069]|[\n\r\t])*$/u, 'plain text without control characters');

const writtenSchema = (longest: number) => proseSchema(longest).min(1);

/** A data request ends in anonymised statistics (EHDS, Article 69); a data permit in processing where the data are (Articles 67, 68). */
export const REQUEST_KINDS = ['data-request', 'data-permit'] as const;

/** What can be asked for by a data request: nothing but statistics. */
export const STATISTICS_ONLY = ['count-exact', 'statistics', 'export-aggregate'] as const;

/** One dataset of one holder. */
export const datasetAddressSchema = z.strictObject({ siteId: siteIdSchema, name: datasetNameSchema });

/** A dataset by its holder and its name there. */
export type DatasetAddress = z.infer<typeof datasetAddressSchema>;

const formShape = {
  title: writtenSchema(200),
  /** In plain words: shown in the permit, at every hospital and in the public register. */
  purpose: writtenSchema(1000),
  operations: z.array(operationSchema).min(1).max(6),
  datasets: z.array(datasetAddressSchema).min(1).max(200),
  days: z.number().int().min(1).max(3650),
  kind: z.enum(REQUEST_KINDS).default('data-permit'),
  /** Null where the request does not say: people then judge every condition. */
  use: dataUseSchema.nullable().default(null),
  people: z
    .array(z.strictObject({ name: writtenSchema(200), affiliation: writtenSchema(200) }))
    .max(50)
    .default([]),
  /** The organisation that answers for the use (controller): patients read it in their log. Empty where it is not said. */
  controller: proseSchema(200).default(''),
  outputs: proseSchema(2000).default(''),
  /** How long results are kept after the last day of the permit. */
  retentionDays: z.number().int().min(0).max(36_500).default(0),
  safeguards: proseSchema(2000).default(''),
  ethics: z
    .strictObject({ reference: writtenSchema(200), body: writtenSchema(200) })
    .nullable()
    .default(null),
  /** Only these people of the datasets; everybody where null. */
  cohort: cohortQuerySchema.nullable().default(null),
  /** The most that training may cost one person in differential privacy, over all jobs of the project at one site; null: no bound of the permit's own. */
  epsilon: z.number().min(0.001).max(1000).nullable().default(null),
};

const isConsistent = (form: { readonly kind: string; readonly operations: readonly string[] }) =>
  form.kind !== 'data-request' || form.operations.every((one) => (STATISTICS_ONLY as readonly string[]).includes(one));

/** Bytes of a cohort as JSON: it is written into every permit, which has its own limit. */
const COHORT_LIMIT_BYTES = 4000;

/** What a requester writes. What later versions ask for beside title, purpose, operations, datasets and days may be left out. */
export const accessFormSchema = z
  .strictObject(formShape)
  .refine(isConsistent, {
    path: ['operations'],
    message: 'a data request is for statistics only; ask for a data permit',
  })
  .refine(({ datasets }) => new Set(datasets.map(({ siteId, name }) => `${siteId}/${name}`)).size === datasets.length, {
    path: ['datasets'],
    message: 'a dataset is named twice',
  })
  .refine(({ cohort }) => utf8(canonicalJson(cohort)).length <= COHORT_LIMIT_BYTES, {
    path: ['cohort'],
    message: `a permit holds a description of people of at most ${COHORT_LIMIT_BYTES} bytes; ask for everyone, and say it in the job`,
  });

/** As it is handed in now: what nodes have no door for is not asked for. Requests of earlier days may name it, and are still read. */
export const newAccessFormSchema = accessFormSchema.refine(
  ({ operations }) => operations.every((one) => (OFFERED_OPERATIONS as readonly string[]).includes(one)),
  { path: ['operations'], message: 'nodes have no door for one of the operations' },
);

/** What a requester writes. */
export type AccessForm = z.infer<typeof accessFormSchema>;

/** Where a request stands at one holder: the states of the BBMRI Negotiator, then the decision. */
export const HOLDER_STATES = [
  'submitted',
  'representative-contacted',
  'checking-availability',
  'available',
  'not-available',
  'conditions-indicated',
  'conditions-met',
  'question-asked',
  'fee-asked',
  'granted',
  'refused',
  'withdrawn',
] as const;

/** States a holder can move a request to by itself, without a decision. */
export const MOVES = [
  'representative-contacted',
  'checking-availability',
  'available',
  'conditions-indicated',
  'conditions-met',
] as const;

/** Why a request was refused: what the public register counts. */
export const REFUSAL_REASONS = [
  'purpose-not-covered',
  'conditions-not-met',
  'safeguards-insufficient',
  'ethics-missing',
  'data-not-available',
  'disproportionate',
  'other',
] as const;

/** How one condition of a dataset stands to a purpose, and why. */
export const conditionMatchSchema = z.strictObject({
  /** As the dataset states it where the vocabulary does not know it. */
  term: z.string().max(40),
  verdict: z.enum(['met', 'breached', 'people-judge']),
  reason: z.enum([
    'no-limit',
    'research-fits',
    'research-other',
    'disease-fits',
    'disease-other',
    'disease-unknown',
    'not-commercial',
    'commercial',
    'not-for-profit',
    'for-profit',
    'promised',
    'not-promised',
    'ethics-given',
    'ethics-missing',
    'needs-a-person',
    'purpose-unstated',
    'unknown-term',
  ]),
});

/** How one condition stands to a purpose. */
export type ConditionMatch = z.infer<typeof conditionMatchSchema>;

/** What a holder may ask a fee for (EHDS, Article 62: the work of preparing data, and of the environment they are used in). */
export const FEE_ITEMS = ['assessment', 'preparation', 'de-identification', 'processing', 'collection'] as const;

/** Whose fee may be lower (EHDS, Article 62(3)). */
export const FEE_REDUCTIONS = ['public-body', 'university', 'small-enterprise'] as const;

/** Currencies of the countries of the network (ISO 4217). */
export const FEE_CURRENCIES = [
  'EUR',
  'PLN',
  'UAH',
  'CZK',
  'DKK',
  'HUF',
  'NOK',
  'RON',
  'SEK',
  'CHF',
  'GBP',
  'USD',
] as const;

/**
 * A statement of a fee: what it is for, in hundredths of the currency, and how much less it is for whom. Whoever states it says
 * what each item covers, since a fee has to be in proportion to the cost (EHDS, Article 62).
 */
export const feeSchema = z.strictObject({
  currency: z.enum(FEE_CURRENCIES),
  items: z
    .array(
      z.strictObject({
        kind: z.enum(FEE_ITEMS),
        cents: z.number().int().min(1).max(100_000_000),
        because: writtenSchema(500),
      }),
    )
    .min(1)
    .max(20),
  reduction: z
    .strictObject({ reason: z.enum(FEE_REDUCTIONS), percent: z.number().int().min(1).max(100) })
    .nullable()
    .default(null),
});

/** A statement of a fee. */
export type Fee = z.infer<typeof feeSchema>;

/** What is to be paid, in hundredths of the currency; parts of a hundredth are let off. */
export function feeCents({ items, reduction }: Pick<Fee, 'items' | 'reduction'>): number {
  const full = items.reduce((sum, { cents }) => sum + cents, 0);
  return Math.floor((full * (100 - (reduction?.percent ?? 0))) / 100);
}

/** `PUT …/holders/:siteId/fee`: null where nothing is asked for after all. */
export const feeStatementSchema = z.strictObject({ fee: feeSchema.nullable() });

/** `POST …/holders/:siteId/fee-answer`: what was read is named, so that nobody agrees to another amount. */
export const feeAnswerSchema = z.strictObject({
  accepts: z.boolean(),
  cents: z.number().int().nonnegative(),
  currency: z.enum(FEE_CURRENCIES),
});

/** A condition that the holder's committee does not insist on, and why. */
export const waiverSchema = z.strictObject({ term: z.string().max(40), because: writtenSchema(500) });

/** What was read when a vote was cast: one for something else is refused. */
const votedVersionSchema = z.number().int().positive();

/** `POST /api/access-requests/:requestId/holders/:siteId/votes` */
export const voteInputSchema = z.discriminatedUnion('vote', [
  z.strictObject({
    vote: z.literal('grant'),
    /** The holder's `version` of the request that the member has read. */
    version: votedVersionSchema,
    because: writtenSchema(1000),
    /** What the requester must keep to beside the dataset's own conditions. */
    conditions: z.array(writtenSchema(500)).max(20).default([]),
    waivers: z.array(waiverSchema).max(23).default([]),
  }),
  z.strictObject({
    vote: z.literal('refuse'),
    version: votedVersionSchema,
    because: writtenSchema(1000),
    reason: z.enum(REFUSAL_REASONS),
  }),
  z.strictObject({ vote: z.literal('abstain'), version: votedVersionSchema, because: writtenSchema(1000) }),
]);

/** A member's vote. */
export type VoteInput = z.infer<typeof voteInputSchema>;

/** A vote as it was cast; members are ids. */
const castVoteSchema = z.strictObject({
  by: z.string().max(200),
  atMs: instantMsSchema,
  vote: z.enum(['grant', 'refuse', 'abstain']),
  because: z.string().max(1000),
});

/** A request at one holder. */
export const holderViewSchema = z.strictObject({
  siteId: siteIdSchema,
  datasets: z.array(datasetNameSchema),
  state: z.enum(HOLDER_STATES),
  /** Whose turn it is; nobody's once it is decided. */
  turn: z.enum(['requester', 'holder', 'nobody']),
  turnSinceMs: instantMsSchema,
  /** Milliseconds that the request has lain with the holder, its waits for the requester left out. */
  holderSpentMs: z.number().int().nonnegative(),
  /** When the holder has to have decided, if it stays its turn; null where it is not its turn. */
  dueAtMs: instantMsSchema.nullable(),
  /** Ballots so far: a second one after an appeal or an amendment. */
  ballot: z.number().int().positive(),
  isAppeal: z.boolean(),
  /** The holder's own committee, or that of the network in its place. */
  committee: z.enum(['own', 'network']),
  quorum: z.number().int().positive(),
  /** Members who can still vote or have voted; null where the committee of the network decides. */
  voters: z.number().int().nonnegative().nullable(),
  /** Of what is decided on here: it goes up when the request or the fee changes. A vote names it. */
  version: z.number().int().positive(),
  /** What the holder asks for granting; null: nothing. */
  fee: feeSchema.nullable(),
  votes: z.array(castVoteSchema),
  /** Members who stand aside for a conflict of interest. */
  recused: z.array(z.strictObject({ by: z.string().max(200), because: z.string().max(2000) })),
  /** Clause by clause, for each dataset. */
  matching: z.array(z.strictObject({ dataset: datasetNameSchema, conditions: z.array(conditionMatchSchema) })),
  /** The last decision; it stays to be read while an appeal is heard. */
  decision: z
    .strictObject({
      decision: z.enum(['granted', 'refused']),
      atMs: instantMsSchema,
      because: z.string().max(8000),
      reason: z.enum(REFUSAL_REASONS).nullable(),
      conditions: z.array(z.string().max(500)),
      waivers: z.array(waiverSchema),
      permitIds: z.array(idSchema),
      /** Until when the requester may appeal; null where nothing was refused or the appeal is used. */
      appealUntilMs: instantMsSchema.nullable(),
      /** Version of the request that was decided on. */
      version: z.number().int().positive(),
      /** Asked for with the grant; the permits are issued once the requester has accepted it. */
      fee: feeSchema.nullable(),
      feeAnswer: z.strictObject({ accepted: z.boolean(), atMs: instantMsSchema }).nullable(),
      /** Until when the requester may accept the fee. */
      feeAnswerUntilMs: instantMsSchema.nullable().default(null),
    })
    .nullable(),
  /** The last question to the requester that waits for an answer. */
  question: z.string().max(2000).nullable(),
});

/** A request at one holder. */
export type HolderView = z.infer<typeof holderViewSchema>;

/** Something that was said or done, for the record of a request. */
export const accessEntrySchema = z.strictObject({
  atMs: instantMsSchema,
  by: z.string().max(200),
  kind: z.enum([
    'drafted',
    'revised',
    'submitted',
    'commented',
    'moved',
    'asked',
    'answered',
    'recused',
    'voted',
    'decided',
    'appealed',
    'amended',
    'renewed',
    'withdrawn',
    'revoked',
    'reseated',
    'fee-stated',
    'fee-accepted',
    'fee-declined',
  ]),
  siteId: siteIdSchema.nullable(),
  text: z.string().max(8000).nullable(),
  /** Only the committee of that holder reads it. */
  internal: z.boolean(),
});

/** A request for access as its requester and the committees see it. */
export const accessRequestSchema = z.strictObject({
  ...formShape,
  requestId: idSchema,
  requestedBy: z.string().max(200),
  requestedAtMs: instantMsSchema,
  /** `granted` once every holder has decided and one granted, `refused` when all refused. */
  state: z.enum(['draft', 'submitted', 'granted', 'refused', 'withdrawn']),
  decidedBy: z.string().max(200).nullable(),
  decidedAtMs: instantMsSchema.nullable(),
  because: z.string().max(8000).nullable(),
  permitIds: z.array(idSchema),
  /** Of the form. */
  version: z.number().int().positive().default(1),
  holders: z.array(holderViewSchema).default([]),
  /** Before a request is sent: how the conditions of its datasets stand to it. */
  draftMatching: z
    .array(
      z.strictObject({
        siteId: siteIdSchema,
        dataset: datasetNameSchema,
        conditions: z.array(conditionMatchSchema),
      }),
    )
    .default([]),
  entries: z.array(accessEntrySchema).default([]),
  /** Holders whose inbox the reader keeps; none where the request is the reader's own. */
  mayDecideFor: z.array(siteIdSchema).default([]),
  isOwn: z.boolean().default(false),
});

/** An access request. */
export type AccessRequest = z.infer<typeof accessRequestSchema>;

/** Somebody's words: a question, an answer, a comment, the reason of an appeal. */
export const wordsSchema = z.strictObject({ text: writtenSchema(2000) });

/** `POST …/comments` */
export const commentInputSchema = z.strictObject({
  text: writtenSchema(2000),
  /** To the committee of this holder alone. */
  internalTo: siteIdSchema.nullable().default(null),
});

/** `POST …/holders/:siteId/state` */
export const moveInputSchema = z.strictObject({ state: z.enum(MOVES), note: proseSchema(1000).default('') });

/** `POST …/amendment`; a renewal only changes the days. */
export const amendmentInputSchema = z.strictObject({ form: newAccessFormSchema, because: writtenSchema(1000) });

/** `GET /api/committees` */
export const committeeSchema = z.strictObject({
  siteId: siteIdSchema,
  /** False where the committee of the network decides for this holder. */
  isOwn: z.boolean(),
  quorum: z.number().int().min(1).max(15),
  /** Members by id and name. */
  members: z.array(
    z.strictObject({
      postId: z.string().max(64),
      personId: z.string().max(64),
      name: z.string().max(200),
      sinceMs: instantMsSchema,
      /** They are away until then. */
      awayUntilMs: instantMsSchema.nullable(),
      /** They will be away. */
      plannedAway: z.strictObject({ fromMs: instantMsSchema, untilMs: instantMsSchema }).nullable().default(null),
      /** They stand in for somebody until then. */
      standsInUntilMs: instantMsSchema.nullable(),
      isOwn: z.boolean(),
    }),
  ),
});
export const committeeListSchema = z.strictObject({ committees: z.array(committeeSchema) });

/** A committee. */
export type Committee = z.infer<typeof committeeSchema>;

/** `POST /api/committees/:siteId/quorum` */
export const quorumInputSchema = z.strictObject({ quorum: z.number().int().min(1).max(15) });

/** `POST /api/committees/:siteId/invitations`: the code is shown once. */
export const postInvitationSchema = z.strictObject({
  code: z.string().max(100),
  role: roleSchema,
  siteId: siteIdSchema,
  expiresAtMs: instantMsSchema,
});

/** `POST /api/posts/:postId/absence`: away from one day to another, with a stand-in who takes up the seat by a code. */
export const absenceInputSchema = z.strictObject({
  fromMs: instantMsSchema,
  untilMs: instantMsSchema,
  standIn: z.boolean(),
});

/** The code is shown once, to be handed to the stand-in; null where nobody stands in. */
export const absenceSchema = z.strictObject({
  code: z.string().max(100).nullable(),
  fromMs: instantMsSchema,
  untilMs: instantMsSchema,
});

/** `POST /api/posts` */
export const redeemPostSchema = z.strictObject({ code: z.string().trim().min(8).max(100) });

/** A role at one organisation. */
export const postSchema = z.strictObject({ role: roleSchema, siteId: siteIdSchema });

/** A role at one organisation. */
export type Post = z.infer<typeof postSchema>;

/** `GET /api/register`: what everybody may know of projects, permits and results (EHDS, Article 57(1)(j); no person is named). */
export const publicRegisterSchema = z.strictObject({
  projects: z.array(
    z.strictObject({
      requestId: idSchema,
      title: z.string(),
      purpose: z.string(),
      kind: z.enum(REQUEST_KINDS),
      research: dataUseSchema.shape.research.nullable(),
      commercial: z.boolean().nullable(),
      operations: z.array(operationSchema),
      askedAtMs: instantMsSchema,
      holders: z.array(
        z.strictObject({
          siteId: siteIdSchema,
          datasets: z.array(datasetNameSchema),
          outcome: z.enum(['granted', 'refused', 'open']),
          decidedAtMs: instantMsSchema.nullable(),
          permits: z.array(
            z.strictObject({
              permitId: idSchema,
              dataset: datasetNameSchema,
              state: z.enum(['valid', 'expired', 'revoked']),
              issuedAtMs: instantMsSchema,
              endsAtMs: instantMsSchema,
            }),
          ),
        }),
      ),
      results: z.array(z.strictObject({ modelId: idSchema, title: z.string(), atMs: instantMsSchema })),
    }),
  ),
  /** Refusals of all requests, by reason; a request that several holders refused counts at each. */
  refusals: z.array(z.strictObject({ reason: z.enum(REFUSAL_REASONS), count: z.number().int().positive() })),
  asked: z.number().int().nonnegative(),
  granted: z.number().int().nonnegative(),
  refused: z.number().int().nonnegative(),
  /** Fees that requesters accepted, by currency, and how many grants asked for none. */
  fees: z.strictObject({
    without: z.number().int().nonnegative(),
    accepted: z.array(
      z.strictObject({
        currency: z.enum(FEE_CURRENCIES),
        count: z.number().int().positive(),
        cents: z.number().int().nonnegative(),
        /** How many of them were lower for one of the reasons of the regulation. */
        reduced: z.number().int().nonnegative(),
      }),
    ),
  }),
});

/** The public register. */
export type PublicRegister = z.infer<typeof publicRegisterSchema>;
