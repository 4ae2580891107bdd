import { z } from 'zod';
import { postSchema, proseSchema } from './access.ts';
import { datasetRecordSchema, facetFieldsSchema, facetTableSchema, guardedCountSchema } from './dataset.ts';
import { jobEventSchema, jobSpecSchema } from './job.ts';
import { countrySchema, datasetNameSchema, digestSchema, idSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { projectSchema } from './node-hub.ts';
import { readinessSchema } from './preflight.ts';
import { anyQuerySchema, QUERY_FIELDS } from './query.ts';
import { roleSchema } from './roles.ts';

/** `GET /api/session`: who is looking, and at which house. */
export const sessionViewSchema = z.strictObject({
  house: z.strictObject({
    kind: z.enum(['hub', 'node']),
    name: z.string(),
    siteId: siteIdSchema.nullable(),
    /** True in the demo: every screen says so. */
    demonstration: z.boolean(),
    version: z.string(),
    /** Whom people write to who cannot use a page: an e-mail address or that of a page; null: nobody is named yet. */
    accessibilityContact: z.string().nullable(),
  }),
  person: z
    .strictObject({
      name: z.string(),
      roles: z.array(roleSchema),
      /** Roles at one organisation, beside those in the network. */
      posts: z.array(postSchema).default([]),
    })
    .nullable(),
  /** To be sent as `x-unica-csrf` with every write. */
  csrfToken: z.string().nullable(),
  signInUrl: z.string(),
});

/** Who is looking. */
export type SessionView = z.infer<typeof sessionViewSchema>;

/** Where a site stands in the network. */
export const siteStateSchema = z.enum(['invited', 'pending', 'active', 'suspended', 'ejected']);

/** Where a site stands in the network. */
export type SiteStanding = z.infer<typeof siteStateSchema>;

/** One site on the map. */
export const siteViewSchema = z.strictObject({
  siteId: siteIdSchema,
  displayName: z.string(),
  country: countrySchema,
  state: siteStateSchema,
  online: z.boolean(),
  lastSeenAtMs: instantMsSchema.nullable(),
  software: z.string().nullable(),
  datasets: z.number().int().nonnegative(),
  studies: z.number().int().nonnegative(),
});

/** One site. */
export type SiteView = z.infer<typeof siteViewSchema>;

/** `GET /api/network` */
export const networkViewSchema = z.strictObject({
  sites: z.array(siteViewSchema),
  totals: z.strictObject({
    sites: z.number().int(),
    online: z.number().int(),
    datasets: z.number().int(),
    studies: z.number().int(),
    persons: z.number().int(),
    jobs: z.number().int(),
    models: z.number().int(),
  }),
});

/** The network at a glance; sums of published (released) counts only. */
export type NetworkView = z.infer<typeof networkViewSchema>;

/** `GET /api/datasets` */
export const datasetListSchema = z.strictObject({ datasets: z.array(datasetRecordSchema) });

/** Why the hub itself suspends a site that two nodes speak for; everything else is the words of a coordinator. */
export const TWINS_REASON = 'two nodes speak as this site';

/** `GET /api/sites` (coordinator, auditor): what the hub knows of each site beyond what everybody sees. */
export const memberSchema = z.strictObject({
  site: siteViewSchema,
  /** Why it is suspended or ejected. */
  because: z.string().nullable(),
  /** The node's clock less the hub's, when it was last heard; null where it has not said. */
  clockOffsetMs: z.number().int().nullable(),
  /** The first 128 bits of the SHA-256 of its key, in groups; null before it has enrolled. */
  fingerprint: z.string().nullable(),
  keySinceMs: instantMsSchema.nullable(),
  /** Null where the node has not said. */
  readiness: readinessSchema.nullable(),
  /** Whether it runs the training code that this hub has; null where it has not said. */
  sameCode: z.boolean().nullable(),
  /** What it has published. */
  datasets: z.array(
    z.strictObject({
      name: datasetNameSchema,
      version: z.number().int(),
      qualityScore: z.number(),
      atMs: instantMsSchema,
    }),
  ),
});

/** A site as the coordinator sees it. */
export type Member = z.infer<typeof memberSchema>;

/** `GET /api/sites` */
export const memberListSchema = z.strictObject({ members: z.array(memberSchema) });

/** `POST /api/sites/:siteId/standing` (coordinator) */
export const standingRequestSchema = z.strictObject({
  change: z.enum(['approve', 'suspend', 'reinstate', 'eject']),
  /** Shown to the site. */
  because: z.string().min(1).max(500),
});

/** What a coordinator does with a site. */
export type StandingRequest = z.infer<typeof standingRequestSchema>;

/** The answer: where the site stands now. */
export const standingReplySchema = z.strictObject({ siteId: siteIdSchema, state: siteStateSchema });

/** `POST /api/sites/:siteId/renewal` (coordinator): a code for a site that has lost its key. */
export const renewalRequestSchema = z.strictObject({ because: z.string().min(1).max(500) });

/** `POST /api/enrolment-codes` (coordinator) */
export const enrolmentCodeRequestSchema = z.strictObject({
  siteId: siteIdSchema,
  displayName: z.string().min(1).max(120),
  country: countrySchema,
});
export const enrolmentCodeReplySchema = z.strictObject({ code: z.string(), expiresAtMs: instantMsSchema });

/** `POST /api/searches` (researcher) */
export const searchRequestSchema = z.strictObject({
  /** Ours, or the tree of the explorer of Cancer Image Europe unchanged. */
  query: anyQuerySchema,
  /** Tables of people by these fields, for those the question is about; a second question of the day at each node. */
  facets: facetFieldsSchema.optional(),
  project: projectSchema.optional(),
  /** Exact counts, at sites where this access request got a permit that allows them. */
  requestId: idSchema.optional(),
});

/** `GET /api/search-fields`: what a cohort can be described by, and the values that are known by name. */
export const searchFieldsSchema = z.strictObject({
  fields: z.array(
    z.strictObject({
      field: z.enum(QUERY_FIELDS),
      /** `one`: a study has one value; `many`: any number of them; `number`: one number. */
      kind: z.enum(['one', 'many', 'number']),
      values: z.array(
        z.strictObject({
          /** Hyper-ontology 2.0. */
          code: z.string(),
          /** English, as the ontology has it. */
          name: z.string(),
          /** As DICOM writes it; null where it does not. */
          dicom: z.string().nullable(),
          /** The wider value of the same field. */
          within: z.string().nullable(),
        }),
      ),
    }),
  ),
});

/** `GET /api/searches/:id`, and the answer to the POST. */
export const searchViewSchema = z.strictObject({
  id: idSchema,
  total: z.strictObject({ persons: z.number().int(), studies: z.number().int() }),
  nodes: z.array(
    z.strictObject({
      site: siteIdSchema,
      persons: guardedCountSchema,
      studies: guardedCountSchema,
      suppressed: z.boolean(),
      ms: z.number(),
      /** Fields that the node knows nothing of. */
      unsupported: z.array(z.enum(QUERY_FIELDS)).optional(),
      exact: z.boolean().optional(),
      facets: z.array(facetTableSchema).optional(),
    }),
  ),
  pending: z.array(siteIdSchema),
  failed: z.array(z.strictObject({ site: siteIdSchema, because: z.string() })),
  /** Sums of the cells that nodes disclosed; \`withheld\` counts the nodes that kept a cell of theirs. */
  facets: z
    .array(
      z.strictObject({
        field: z.enum(QUERY_FIELDS),
        cells: z.array(
          z.union([
            z.strictObject({ value: z.string(), persons: z.number().int(), withheld: z.number().int() }),
            z.strictObject({
              from: z.number().nullable(),
              to: z.number().nullable(),
              persons: z.number().int(),
              withheld: z.number().int(),
            }),
          ]),
        ),
        /** Of a field of numbers, worked out from the cells; absent where nobody was disclosed. */
        statistics: z
          .strictObject({
            persons: z.number().int(),
            mean: z.number(),
            /** The mean of the disclosed people is at most so far away: where they lie within their bins is not known. */
            meanWithin: z.number().nonnegative(),
            /** With everybody in the middle of their bin. */
            standardDeviation: z.number().nonnegative(),
            /** The bin that a share of the people reaches into. */
            quartiles: z.array(
              z.strictObject({
                share: z.number(),
                from: z.number().nullable(),
                to: z.number().nullable(),
                /** Between what it lies in 95 of 100 answers, whatever the noise, the rounding and the cells kept back. */
                likelyFrom: z.number().nullable(),
                likelyTo: z.number().nullable(),
              }),
            ),
            /** Somebody is in an open bin, and counts at its closed end. */
            isOpen: z.boolean(),
            /** Cells that sites kept back. */
            withheld: z.number().int(),
          })
          .optional(),
      }),
    )
    .optional(),
});

/** State of a federated count. `total` sums the disclosed counts. */
export type SearchView = z.infer<typeof searchViewSchema>;

/** `POST /api/access-requests/:id/decision` (committee) */
export const accessDecisionSchema = z.strictObject({
  decision: z.enum(['granted', 'refused']),
  /** The version of the request that was read; one for another version is refused. Left out, it is for the request as it is. */
  version: z.number().int().positive().optional(),
  because: proseSchema(1000).min(1),
});

/** `POST /api/jobs` (researcher): the permits are looked up from the access request. */
export const jobSubmissionSchema = z.strictObject({ spec: jobSpecSchema, requestId: idSchema });

/** A job and the request for access it is done under. */
export type JobSubmission = z.infer<typeof jobSubmissionSchema>;

/** An event as it arrives by `GET /api/jobs/:id/events` (SSE, `id:` is the version). */
export const jobEventFrameSchema = z.strictObject({ version: z.number().int(), event: jobEventSchema });

/** `GET /api/audit` of either house. */
export const auditViewSchema = z.strictObject({
  entries: z.array(
    z.strictObject({
      sequence: z.number().int(),
      atMs: instantMsSchema,
      actor: z.string(),
      action: z.string(),
      subject: z.string(),
      because: z.string().nullable(),
      entrySha256: digestSchema,
    }),
  ),
  total: z.number().int(),
});
