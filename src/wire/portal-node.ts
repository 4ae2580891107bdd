import { z } from 'zod';
import {
  datasetCardSchema,
  datasetRecordSchema,
  fairScoreSchema,
  guardedCountSchema,
  typedFieldSchema,
  utilityLabelSchema,
} from './dataset.ts';
import { datasetNameSchema, digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';

/** `GET /api/status` of a node. */
export const nodeStatusSchema = z.strictObject({
  siteId: siteIdSchema,
  displayName: z.string(),
  /** Of the key that the node signs with: what a certificate of it is verified by. */
  publicKey: z.string().max(100),
  hubUrl: z.string().nullable(),
  enrolled: z.boolean(),
  connected: z.boolean(),
  lastContactAtMs: instantMsSchema.nullable(),
  /** Why the hub gives no work, in its words; null where it does, is only out of reach, or the node is not running. */
  hubTrouble: z.strictObject({ code: z.string(), sentence: z.string(), mend: z.string() }).nullable(),
  /** The node's clock less the hub's, in milliseconds; null where the hub has not said. */
  clockOffsetMs: z.number().int().nullable(),
  /** The owner's kill switch: true means that no work is taken and nothing leaves. */
  stopped: z.boolean(),
  approval: z.enum(['ask', 'automatic']),
  images: z.number().int(),
  studies: z.number().int(),
  persons: z.number().int(),
  quarantined: z.number().int(),
  optedOut: z.number().int(),
  bytesOut: z.number().int(),
  /** Room on the disk of the node's images; null where the system does not say. */
  diskFreeBytes: z.number().int().nullable(),
  /** Null where no DICOM images are received over the network, or the node is not running. */
  dicomReceiver: z
    .strictObject({
      host: z.string(),
      port: z.number().int(),
      /** For encrypted connections. */
      securePort: z.number().int().nullable(),
      aeTitle: z.string(),
      /** Received objects that are not imported yet. */
      waiting: z.number().int(),
      /** Systems that are connected now. */
      associations: z.number().int(),
      /** What came in, ten seconds by ten seconds, the present ones last. */
      lately: z.array(z.strictObject({ objects: z.number().int(), bytes: z.number().int() })).max(360),
    })
    .nullable(),
});

/** A node at a glance. */
export type NodeStatus = z.infer<typeof nodeStatusSchema>;

/** `POST /api/imports` (operator): a path the node itself can read. */
export const importRequestSchema = z.strictObject({
  path: z.string().min(1).max(4096),
  clinicalPath: z.string().max(4096).optional(),
});

/** `GET /api/imports`, `GET /api/imports/:id` */
export const importViewSchema = z.strictObject({
  importId: idSchema,
  state: z.enum(['running', 'done', 'failed']),
  because: z.string().nullable(),
  startedAtMs: instantMsSchema,
  seconds: z.number(),
  /** Folder or file name without its path. */
  source: z.string(),
  received: z.number().int(),
  accepted: z.number().int(),
  quarantined: z.number().int(),
  duplicates: z.number().int(),
  /** Left out because the person opted out. */
  optedOut: z.number().int(),
  rejected: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
});

/** One import. */
export type ImportView = z.infer<typeof importViewSchema>;

/** `GET /api/quarantine` */
export const quarantineSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      quarantineId: idSchema,
      atMs: instantMsSchema,
      code: z.string(),
      sentence: z.string(),
      mend: z.string(),
      sizeBytes: z.number().int(),
    }),
  ),
  total: z.number().int(),
});

/** A rectangle of a picture. */
export const markedBoxSchema = z.strictObject({
  /** The first is 0. */
  frame: z.number().int().min(0).max(1_000_000),
  /** Pixels of the picture, from its upper left corner. */
  x: z.number().int().min(0).max(65_535),
  y: z.number().int().min(0).max(65_535),
  width: z.number().int().min(1).max(65_535),
  height: z.number().int().min(1).max(65_535),
});

/** A rectangle of a picture that is, or is to be, blacked out. */
export type MarkedBox = z.infer<typeof markedBoxSchema>;

/** `GET /api/quarantine/{id}`: a file with what is to be looked at. */
export const quarantinedFileSchema = z.strictObject({
  quarantineId: idSchema,
  atMs: instantMsSchema,
  code: z.string(),
  sentence: z.string(),
  mend: z.string(),
  sizeBytes: z.number().int(),
  /** Whether looking at the picture can lift the reason. */
  isReleasable: z.boolean(),
  picture: z.strictObject({ rows: z.number().int(), columns: z.number().int(), frames: z.number().int() }).nullable(),
  suspects: z.array(markedBoxSchema),
});

/** A file of the quarantine. */
export type QuarantinedFile = z.infer<typeof quarantinedFileSchema>;

/** `POST /api/quarantine/{id}/decision`: who releases says that nothing outside the boxes identifies anybody. */
export const quarantineDecisionSchema = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.literal('discard') }),
  z.strictObject({ decision: z.literal('release'), boxes: z.array(markedBoxSchema).max(256) }),
]);

/** What has become of a file that was decided about. */
export const quarantineOutcomeSchema = z.strictObject({
  outcome: z.enum(['discarded', 'taken-in', 'known', 'opted-out', 'set-aside']),
  /** Why it is still set aside. */
  sentence: z.string().optional(),
  mend: z.string().optional(),
});

/** `POST /api/pacs-check`: a system to try. */
export const pacsQuestionSchema = z.strictObject({
  host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/),
  port: z.number().int().min(1).max(65_535),
  /** PS3.5 table 6.2-1. */
  aeTitle: z.string().regex(/^(?! *$)[\x20-\x5b\x5d-\x7e]{1,16}$/),
  isEncrypted: z.boolean(),
  from: z.string().regex(/^\d{8}$/),
  to: z.string().regex(/^\d{8}$/),
});

const pacsStepSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    milliseconds: z.number().int(),
    studies: z.number().int().optional(),
    isCut: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('failed'), code: z.string(), sentence: z.string(), mend: z.string() }),
]);

/** What a system that was tried has answered. */
export const pacsCheckSchema = z.strictObject({
  calledAs: z.string(),
  echo: pacsStepSchema,
  find: pacsStepSchema.nullable(),
});

/** What a system that was tried has answered. */
export type PacsCheck = z.infer<typeof pacsCheckSchema>;

const severitySchema = z.enum(['info', 'warning', 'error']);

/** `GET /api/quality`: how good the node's data are, in the five dimensions of Cancer Image Europe. */
export const dataQualitySchema = z.strictObject({
  images: z.number().int(),
  /** Images that came before they could be compared with others. */
  unrecorded: z.number().int(),
  score: z.number().min(0).max(100),
  findings: z.number().int(),
  dimensions: z.array(
    z.strictObject({
      dimension: z.enum(['completeness', 'uniqueness', 'consistency', 'accuracy', 'integrity']),
      score: z.number().min(0).max(100),
      because: z.array(
        z.strictObject({
          check: z.string(),
          severity: severitySchema,
          images: z.number().int(),
          points: z.number(),
        }),
      ),
    }),
  ),
  checks: z.array(
    z.strictObject({
      check: z.string(),
      severity: severitySchema,
      message: z.string(),
      mend: z.string(),
      images: z.number().int(),
      /** Pseudonymous UIDs of some examinations. */
      studies: z.array(z.string()),
    }),
  ),
});

/** How good a node's data are. */
export type DataQuality = z.infer<typeof dataQualitySchema>;

/** `POST /api/opt-outs` (protection officer): the identifier the hospital knows the person by; never stored. */
export const optOutRequestSchema = z.strictObject({
  patientId: z.string().min(1).max(64),
  decision: z.enum(['opt-out', 'withdraw-opt-out']),
});

/** `GET /api/opt-outs` */
export const optOutListSchema = z.strictObject({
  items: z.array(
    z.strictObject({ person: z.string(), optedOutAtMs: instantMsSchema, studiesLeftOut: z.number().int() }),
  ),
});

/** `GET /api/datasets` of a node. */
export const nodeDatasetsSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      name: datasetNameSchema,
      title: z.string(),
      version: z.number().int().nullable(),
      publishedAtMs: instantMsSchema.nullable(),
      persons: guardedCountSchema,
      studies: guardedCountSchema,
      qualityScore: z.number().nullable(),
    }),
  ),
});

/** `POST /api/datasets/:name/publish` (curator) */
export const publishDatasetSchema = z.strictObject({
  title: z.string().min(1).max(200),
  description: z.string().max(2000),
  conditions: z.array(z.string().max(40)).max(23),
  card: datasetCardSchema.optional(),
});

/** `POST /api/datasets/:name/preview` (curator), `GET /api/datasets/:name/record` */
export const recordStandingSchema = z.strictObject({
  record: datasetRecordSchema,
  /** Address of the record in the hub's catalogue. */
  address: z.string(),
  state: z.enum(['draft', 'eucaim-valid', 'r8-valid']),
  /** What the record lacks for the next state, and for the one after it. */
  missing: z.array(
    z.strictObject({
      profile: z.enum(['eucaim-v2', 'healthdcat-r8']),
      /** The field a person fills; null where it is computed from the data. */
      field: typedFieldSchema.nullable(),
      path: z.string(),
      message: z.string(),
      fix: z.string(),
    }),
  ),
  /** The record as it is, or would be, published. */
  turtle: z.string(),
  /** What F-UJI would give it once it is in the catalogue. */
  fair: fairScoreSchema,
  label: utilityLabelSchema,
});

/** `GET /api/datasets/:name/versions` of a node: what was published, newest first; a version never changes. */
export const datasetVersionsSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      version: z.number().int().positive(),
      title: z.string(),
      publishedAtMs: instantMsSchema,
      contentSha256: digestSchema,
      persons: guardedCountSchema,
      studies: guardedCountSchema,
    }),
  ),
});

/** Where a dataset's record stands. */
export type RecordStandingView = z.infer<typeof recordStandingSchema>;

/** `POST /api/stop` (operator): the kill switch, works with the hub out of reach. */
export const stopRequestSchema = z.strictObject({ stopped: z.boolean() });
