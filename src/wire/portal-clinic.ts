import { z } from 'zod';
import { digestSchema, idSchema, instantMsSchema } from './names.ts';
import { imageUidSchema } from './portal-masks.ts';

/** What a model in the clinic is called: the name of its folder. */
export const clinicModelNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);

/** `shown`: its results are sent and shown to readers; `shadow`: they are only kept, for comparison. */
export const clinicModeSchema = z.enum(['off', 'shown', 'shadow']);

/** See {@link clinicModeSchema}. */
export type ClinicMode = z.infer<typeof clinicModeSchema>;

/** What the pilots look for. */
export const clinicTaskSchema = z.enum(['breast-risk', 'chest-nodule']);

/** What a model looks for. */
export type ClinicTask = z.infer<typeof clinicTaskSchema>;

const shareSchema = z.number().min(0).max(1);
const versionSchema = z.string().min(1).max(64);

/** A version of a model: what decides its answers. */
const modelVersionSchema = z.strictObject({ version: versionSchema, digest: digestSchema });

/** `GET /api/clinic/models/{name}/files/{file}`: what a browser fetches of a model to run it itself. */
export const clinicModelFileSchema = z.enum(['model.onnx', 'preprocessing.json', 'gate.json']);
export type ClinicModelFile = z.infer<typeof clinicModelFileSchema>;

/** `PUT /api/clinic/models/{name}`: what the owner decides of a model. */
export const clinicModelWishSchema = z.strictObject({
  mode: clinicModeSchema,
  /** The version that was looked at; another one that lies there by now is not enabled. */
  version: versionSchema,
  digest: digestSchema,
  /** Scores from here on count as an alarm where results are compared with readers; nobody is shown it. */
  alarmFrom: shareSchema,
});

/** What the owner decides of a model. */
export type ClinicModelWish = z.infer<typeof clinicModelWishSchema>;

/** A model that lies at the node. */
export const clinicModelSchema = z.strictObject({
  name: clinicModelNameSchema,
  task: clinicTaskSchema.nullable(),
  /** What lies there now; null where it cannot be used. */
  present: modelVersionSchema.nullable(),
  /** Why it cannot be used. */
  trouble: z.strictObject({ code: z.string(), sentence: z.string(), mend: z.string() }).nullable(),
  modalities: z.array(z.string()),
  mode: clinicModeSchema,
  /** What was enabled; null where the owner has decided nothing yet. */
  enabled: modelVersionSchema.nullable(),
  /** Enabled, but its folder holds something else by now: nothing is scored with it. */
  isChanged: z.boolean(),
  alarmFrom: shareSchema,
  decidedBy: z.string().nullable(),
  decidedAtMs: instantMsSchema.nullable(),
});

/** A model that lies at the node. */
export type ClinicModel = z.infer<typeof clinicModelSchema>;

/** `GET /api/clinic/models` */
export const clinicModelsSchema = z.strictObject({ items: z.array(clinicModelSchema) });

const intervalSchema = z.strictObject({ low: shareSchema, high: shareSchema, level: shareSchema });

/** A share of one with the interval that the model knows of it. */
const estimateSchema = z.strictObject({ value: shareSchema, interval: intervalSchema.optional() });

/** Why a study was not scored. */
export const refusalReasonSchema = z.enum([
  'modality',
  'body-part',
  'view',
  'for-processing',
  'laterality',
  'implant',
  'secondary-capture',
  'many-frames',
  'colour',
  'pixels',
  'unlike',
  'missing-views',
]);

const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('scored'),
    score: estimateSchema,
    risks: z.array(z.strictObject({ years: z.number().int().min(1).max(30), estimate: estimateSchema })).max(30),
    density: z.strictObject({ category: z.enum(['a', 'b', 'c', 'd']), probability: shareSchema }).nullable(),
    remarks: z.array(z.string().max(1000)).max(64),
  }),
  z.strictObject({ kind: z.literal('refused'), reason: refusalReasonSchema, says: z.string().max(4000) }),
]);

const pointSchema = z.strictObject({ column: z.number(), row: z.number() });

/** An image that a model read, under its UIDs in the node's archive. */
const resultImageSchema = z.strictObject({
  sopInstanceUid: imageUidSchema,
  seriesInstanceUid: imageUidSchema,
  rows: z.number().int(),
  columns: z.number().int(),
  view: z.string().max(16).nullable(),
  laterality: z.enum(['L', 'R']).nullable(),
  score: estimateSchema.nullable(),
  findings: z
    .array(
      z.strictObject({
        kind: z.enum(['mass', 'calcifications', 'distortion', 'nodule', 'opacity']),
        probability: shareSchema,
        centre: pointSchema,
        outline: z.array(pointSchema).max(10_000).nullable(),
      }),
    )
    .max(100),
  map: z
    .strictObject({
      rows: z.number().int().min(1).max(4096),
      columns: z.number().int().min(1).max(4096),
      /** [row, column], one byte each, 0 to 255 for 0 to 1; base64url. */
      values: z.string(),
      method: z.string().max(200),
      faithful: z.boolean(),
    })
    .nullable(),
});

/** A result of a model about a study, under the UIDs of the node's archive; it names no person. */
export const clinicResultSchema = z.strictObject({
  resultId: idSchema,
  studyInstanceUid: imageUidSchema,
  task: clinicTaskSchema,
  model: z.strictObject({ name: clinicModelNameSchema, version: versionSchema, digest: digestSchema }),
  /** Of what the model was given: films by their pixels, view and side. */
  inputsSha256: digestSchema,
  scoredAtMs: instantMsSchema,
  /** The result that this one replaces. */
  replaces: idSchema.nullable(),
  outcome: outcomeSchema,
  images: z.array(resultImageSchema).max(64),
});

/** A result of a model about a study. */
export type ClinicResult = z.infer<typeof clinicResultSchema>;

/** What a destination is called. */
export const clinicDestinationNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);

/** C-STORE, STOW-RS, or FHIR R4 transactions. */
const destinationKindSchema = z.enum(['dimse', 'stow', 'fhir']);

/** `PUT /api/clinic/destinations/{name}`: where results of models that are shown are sent. */
export const clinicDestinationWishSchema = z.strictObject({
  kind: destinationKindSchema,
  /** AET@host:port, with /tls where encrypted; or the address of the server. */
  address: z.string().min(3).max(500),
  /** Whether refusals are sent as well. */
  refusals: z.boolean(),
  /** System of the patient's number at a FHIR server. */
  patientSystem: z.string().min(1).max(300).nullable(),
});

/** Where results are sent. */
export type ClinicDestinationWish = z.infer<typeof clinicDestinationWishSchema>;

const troubleSchema = z.strictObject({ code: z.string(), sentence: z.string(), mend: z.string() });

const clinicDestinationSchema = clinicDestinationWishSchema.extend({
  name: clinicDestinationNameSchema,
  isEncrypted: z.boolean(),
  waiting: z.number().int(),
  sent: z.number().int(),
  refused: z.number().int(),
  lastSentAtMs: instantMsSchema.nullable(),
  trouble: troubleSchema.nullable(),
  troubleAtMs: instantMsSchema.nullable(),
});

/** A destination, with what waits for it. */
export type ClinicDestination = z.infer<typeof clinicDestinationSchema>;

/** `POST /api/clinic/destinations/{name}/trial` */
export const clinicTrialSchema = z.strictObject({
  answered: z.boolean(),
  milliseconds: z.number().int(),
  trouble: troubleSchema.nullable(),
});

/** What a system answered that was asked whether it is there. */
export type ClinicTrial = z.infer<typeof clinicTrialSchema>;

/** `POST /api/clinic/orders`: an examination is to be scored. The number is not kept, only what stands for it. */
export const clinicOrderSchema = z.strictObject({
  accessionNumber: z.string().min(1).max(64),
  /** Names of models; null: whatever is enabled. */
  models: z.array(clinicModelNameSchema).min(1).max(20).nullable().default(null),
});

/** `GET /api/clinic`: how models in the clinic are doing. */
export const clinicStateSchema = z.strictObject({
  scores: z.enum(['every-study', 'ordered']),
  stopped: z.boolean(),
  /** False where no images are received over the network. */
  receives: z.boolean(),
  queue: z.strictObject({
    waiting: z.number().int(),
    running: z.number().int(),
    heldBytes: z.number().int(),
    limitBytes: z.number().int(),
    /** Results of the last ten minutes. */
    lately: z.number().int(),
    /** Median processor time of the last results; null where there are none. */
    processorMs: z.number().nullable(),
    trouble: troubleSchema.nullable(),
  }),
  orders: z.number().int(),
  models: z.array(clinicModelSchema),
  destinations: z.array(clinicDestinationSchema),
  /** What came of studies in the last seven days. */
  events: z.array(z.strictObject({ what: z.string(), model: z.string(), count: z.number().int() })),
  /** Why models refused, in the last seven days. */
  refusals: z.array(z.strictObject({ reason: refusalReasonSchema, model: z.string(), count: z.number().int() })),
});

/** How models in the clinic are doing. */
export type ClinicState = z.infer<typeof clinicStateSchema>;

const wilsonSchema = z.strictObject({ value: shareSchema, low: shareSchema, high: shareSchema });

/** A model of a version held against readers. */
const clinicComparisonSchema = z.strictObject({
  model: clinicModelNameSchema,
  version: versionSchema,
  task: clinicTaskSchema,
  alarmFrom: shareSchema,
  /** Examinations that the model refused and a reader read. */
  refused: z.number().int(),
  comparison: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('withheld'), cases: z.number().int(), least: z.number().int() }),
    z.strictObject({
      kind: z.literal('compared'),
      cases: z.number().int(),
      counts: z.strictObject({
        both: z.number().int(),
        modelOnly: z.number().int(),
        readerOnly: z.number().int(),
        neither: z.number().int(),
      }),
      agreement: wilsonSchema,
      kappa: z.number().min(-1).max(1).nullable(),
      sensitivity: wilsonSchema.nullable(),
      specificity: wilsonSchema.nullable(),
      alarmRate: wilsonSchema,
      readerRate: wilsonSchema,
    }),
  ]),
});

/** A model of a version held against readers. */
export type ClinicComparison = z.infer<typeof clinicComparisonSchema>;

/** `GET /api/clinic/comparison`: models held against readers; the reader is no truth. */
export const clinicComparisonsSchema = z.strictObject({ items: z.array(clinicComparisonSchema) });

/** `POST /api/clinic/reads`: what readers found. */
export const clinicReadsSchema = z.strictObject({
  task: clinicTaskSchema,
  rows: z
    .array(
      z.strictObject({
        accessionNumber: z.string().max(64),
        result: z.string().max(32),
        date: z.string().max(10),
      }),
    )
    .min(1)
    .max(20_000),
});

/** What became of a table of reads. */
export const clinicReadsTakenSchema = z.strictObject({ examinations: z.number().int(), known: z.number().int() });
