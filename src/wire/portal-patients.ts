import { z } from 'zod';
import { proseSchema } from './access.ts';
import { consentPurposeSchema } from './consent-purposes.ts';
import { guardedCountSchema } from './dataset.ts';
import { datasetNameSchema, digestSchema, idSchema, instantMsSchema } from './names.ts';

/** The identifier the hospital knows the person by; turned into the pseudonym at the node and never stored. */
const patientIdSchema = z.string().trim().min(1).max(64);

const languageSchema = z.string().regex(/^[a-z]{2}$/);

const consentTextSchema = z.strictObject({
  title: z.string().min(1).max(200),
  short: z.array(z.string().min(1).max(300)).min(1).max(8),
  layers: z.array(z.strictObject({ title: z.string().min(1).max(200), body: z.string().min(1).max(2000) })).max(12),
  purposes: z.record(
    consentPurposeSchema,
    z.strictObject({ title: z.string().min(1).max(200), body: z.string().min(1).max(600) }),
  ),
});

/** `POST /api/consent-texts` (protection officer): a new version, in every language of the network. */
export const consentTextsSchema = z.record(
  z.enum(['en', 'el', 'de', 'sl', 'uk', 'pt', 'lt', 'pl', 'it', 'es', 'et']),
  consentTextSchema,
);

/** `GET /api/consent-text`: the newest version in one language. */
export const consentTextViewSchema = z.strictObject({
  version: z.number().int().positive(),
  language: languageSchema,
  text: consentTextSchema,
});

const decisionSchema = z.strictObject({
  atMs: instantMsSchema,
  kind: z.enum(['opt-out', 'withdraw-opt-out', 'consent', 'withdrawal']),
  purposes: z.array(consentPurposeSchema),
  givenBy: z.enum(['self', 'parent', 'guardian']).nullable(),
  channel: z.enum(['portal', 'paper', 'desk']).nullable(),
  receiptId: digestSchema.nullable(),
});

const complaintSchema = z.strictObject({
  complaintId: idSchema,
  atMs: instantMsSchema,
  text: z.string(),
  answer: z.string().nullable(),
  answeredAtMs: instantMsSchema.nullable(),
});

/** What leaving means now: datasets she is in, and models that were trained before and stay. */
const leavingEffectSchema = z.strictObject({
  datasets: z.array(z.string()),
  models: z.array(z.strictObject({ jobId: z.string(), title: z.string(), atMs: instantMsSchema })),
});

/** `GET /api/me`, `POST /api/patients/record`: a patient's page. */
export const patientRecordSchema = z.strictObject({
  studies: z.number().int(),
  /** There are rows about her in clinical tables. */
  inTables: z.boolean(),
  /** Whether anything of hers may be used now. */
  isUsed: z.boolean(),
  optedOutAtMs: instantMsSchema.nullable(),
  consent: z
    .strictObject({
      purposes: z.array(consentPurposeSchema),
      atMs: instantMsSchema,
      givenBy: z.enum(['self', 'parent', 'guardian']),
      untilMs: instantMsSchema.nullable(),
      receiptId: digestSchema,
    })
    .nullable(),
  /** The purpose that the dataset needs a consent for; null: it is used by law unless she opts out. */
  neededPurpose: consentPurposeSchema.nullable(),
  effect: leavingEffectSchema,
  /** Her log: by project, newest first. */
  projects: z.array(
    z.strictObject({
      projectId: z.string(),
      purpose: z.string(),
      controller: z.string(),
      firstAtMs: instantMsSchema,
      lastAtMs: instantMsSchema,
      uses: z.array(
        z.strictObject({
          jobId: z.string(),
          kind: z.enum(['train', 'evaluate', 'export']),
          title: z.string(),
          lastAtMs: instantMsSchema,
          /** Asked that the model be trained again without her. */
          isRetrainingAsked: z.boolean(),
        }),
      ),
    }),
  ),
  /** Questions of machines, folded: counts in which she was one of many. */
  counts: z.strictObject({ questions: z.number().int(), lastAtMs: instantMsSchema.nullable() }),
  /** Looks at her films beside those of other people, by the permit of the node that allowed it; the latest first. */
  similar: z.array(
    z.strictObject({
      permitId: z.string(),
      ground: z.string(),
      times: z.number().int().positive(),
      lastAtMs: instantMsSchema,
    }),
  ),
  decisions: z.array(decisionSchema),
  complaints: z.array(complaintSchema),
});

/** A patient's page. */
export type PatientRecord = z.infer<typeof patientRecordSchema>;

/** `GET /api/me` of somebody whose account is, or is not yet, a patient's here. */
export const ownRecordSchema = z.strictObject({ record: patientRecordSchema.nullable() });

/** `POST /api/me/link` */
export const linkRequestSchema = z.strictObject({ code: z.string().trim().min(8).max(40) });

/** `POST /api/me/opt-out` */
export const ownOptOutSchema = z.strictObject({ decision: z.enum(['opt-out', 'withdraw-opt-out']) });

/** `POST /api/me/consent`: everything she allows from now on; nothing: she takes it back. */
export const ownConsentSchema = z.strictObject({
  purposes: z.array(consentPurposeSchema).max(20),
  textVersion: z.number().int().positive(),
  language: languageSchema,
});

/** `POST /api/me/retraining` */
export const retrainingRequestSchema = z.strictObject({ jobId: z.string().min(1).max(80) });

/** `POST /api/me/complaints`, `POST /api/complaints/:id/answer` */
export const complaintTextSchema = z.strictObject({ text: proseSchema(4000).min(1) });

/** `POST /api/patients/record`, `POST /api/patients/codes` (protection officer). */
export const patientQuestionSchema = z.strictObject({ patientId: patientIdSchema });

/** `POST /api/patients/codes`: shown once, to be handed to the patient. */
export const patientCodeSchema = z.strictObject({ code: z.string(), expiresAtMs: instantMsSchema });

/** `POST /api/paper-consents` (operator, curator, protection officer): a form on paper; somebody else confirms it. */
export const paperConsentSchema = z.strictObject({
  patientId: patientIdSchema,
  purposes: z.array(consentPurposeSchema).min(1).max(20),
  givenBy: z.enum(['self', 'parent', 'guardian']),
  /** The last day on which a proxy decides; for minors the day before they come of age. */
  until: z.iso.date().nullable(),
  textVersion: z.number().int().positive(),
  language: languageSchema,
});

/** `GET /api/paper-consents` */
export const paperConsentsSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      draftId: idSchema,
      person: z.string(),
      purposes: z.array(consentPurposeSchema),
      givenBy: z.enum(['self', 'parent', 'guardian']),
      untilMs: instantMsSchema.nullable(),
      enteredAtMs: instantMsSchema,
      /** Entered by whoever asks: somebody else has to confirm it. */
      isOwn: z.boolean(),
    }),
  ),
});

/** `POST /api/paper-consents/:draftId/decision` */
export const paperDecisionSchema = z.strictObject({ decision: z.enum(['confirmed', 'discarded']) });

/** `POST /api/datasets/:name/basis` (protection officer) */
export const datasetBasisSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('law'), reference: z.string().max(40) }),
  z.strictObject({ kind: z.literal('consent'), purpose: consentPurposeSchema, reference: z.string().max(40) }),
]);

/** `GET /api/protection` (protection officer, auditor): what needs the officer, and how the ledgers stand. */
export const protectionSchema = z.strictObject({
  optedOut: z.number().int(),
  consents: z.strictObject({ people: z.number().int(), byPurpose: z.record(z.string(), z.number().int()) }),
  basis: datasetBasisSchema,
  dataset: datasetNameSchema,
  waitingForms: z.number().int(),
  hindrances: z.array(z.string()),
  /** First decision of the ledger of consents that is not the one that the journal was told of; null: all are. */
  brokenConsent: z.number().int().nullable(),
  retraining: z.array(
    z.strictObject({ jobId: z.string(), title: z.string(), people: z.number().int(), lastAtMs: instantMsSchema }),
  ),
  /** What patients wrote is for the protection officer alone: others see that there is a complaint, and whether it was answered. */
  complaints: z.array(complaintSchema.extend({ text: z.string().nullable() })),
  /** What the law of this country has as a basis: for use by law, or by consent. */
  references: z.array(
    z.strictObject({ id: z.string(), title: z.string(), place: z.string(), for: z.array(z.enum(['law', 'consent'])) }),
  ),
});

/** What needs the protection officer. */
export type Protection = z.infer<typeof protectionSchema>;

/** `POST /api/altruism` (protection officer): the organisation as it is registered. */
export const altruismFormSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  /** Number in the public register of recognised data altruism organisations; empty: not recognised. */
  registration: z.string().trim().max(100),
  website: z.union([z.literal(''), z.url({ protocol: /^https?$/ }).max(300)]),
  contact: z.string().trim().min(1).max(200),
  purposes: z.array(consentPurposeSchema).min(1).max(20),
});

/** `GET /api/altruism` (public): the register page of the organisation. */
export const altruismSchema = z.strictObject({
  organisation: altruismFormSchema.nullable(),
  textVersion: z.number().int(),
  people: guardedCountSchema,
  years: z.array(
    z.strictObject({
      year: z.number().int(),
      given: guardedCountSchema,
      withdrawn: guardedCountSchema,
      projects: z.array(z.strictObject({ projectId: z.string(), purpose: z.string(), uses: z.number().int() })),
      complaints: guardedCountSchema,
    }),
  ),
});

/** The register page of a data altruism organisation. */
export type Altruism = z.infer<typeof altruismSchema>;
