import { z } from 'zod';
import { countrySchema, datasetNameSchema, digestSchema, instantMsSchema, siteIdSchema } from './names.ts';
import { QUERY_FIELDS } from './query.ts';

/** A count that may be withheld: `atMost` says only that the truth is below it. */
export const guardedCountSchema = z.union([
  z.strictObject({ count: z.number().int().nonnegative() }),
  z.strictObject({ below: z.number().int().positive() }),
]);

/** Either a disclosed count or "fewer than". */
export type GuardedCount = z.infer<typeof guardedCountSchema>;

/** A table of people by the values of a field, or by published bins (open at an end: null); withheld cells say so. */
export const facetTableSchema = z.strictObject({
  field: z.enum(QUERY_FIELDS),
  cells: z
    .array(
      z.union([
        z.strictObject({ value: z.string().max(200), persons: guardedCountSchema }),
        z.strictObject({ from: z.number().nullable(), to: z.number().nullable(), persons: guardedCountSchema }),
      ]),
    )
    .max(1000),
});

/** A facet table. */
export type FacetTable = z.infer<typeof facetTableSchema>;

/** Fields that facets are asked for, at most eight at a time. */
export const facetFieldsSchema = z.array(z.enum(QUERY_FIELDS)).max(8);

/** Codes of the EUCAIM hyper-ontology. */
const codesSchema = z.array(z.string().regex(/^[A-Z]{2,5}\d{6,8}$/)).max(40);

/** Texts of the catalogue are read by people: no control characters. */
const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}]*$/u, 'one line of text');

/**
 * What only a person knows of a dataset, beside its title, description and conditions of use: twelve fields together.
 * All may be left out; the record then stays a draft, and what is missing is told.
 */
export const datasetCardSchema = z.strictObject({
  publisherName: line(200).optional(),
  contactEmail: z.email().max(200).optional(),
  /** Hyper-ontology code of the one condition, for example CLIN1000060 (breast cancer). */
  condition: z
    .string()
    .regex(/^CLIN\d{7}$/, 'a code such as CLIN1000060')
    .optional(),
  /** How people were chosen. */
  collectionMethod: z
    .enum(['only-image', 'patient-based', 'case-control', 'longitudinal', 'disease-specific'])
    .optional(),
  /** Which people the data are of, in a sentence. */
  populationCoverage: line(500).optional(),
  /** Articles of the GDPR: point of article 6(1), and of 9(2) where it applies. */
  legalBasis: z
    .array(z.enum(['A6-1-a', 'A6-1-c', 'A6-1-e', 'A6-1-f', 'A9-2-a', 'A9-2-h', 'A9-2-i', 'A9-2-j']))
    .min(1)
    .max(4)
    .optional(),
  /** Last day on which the data are kept. */
  retentionUntil: z.iso.date().optional(),
  /** The health data access body; left out while the country has designated none. */
  hdabName: line(200).optional(),
  hdabPage: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .optional(),
});

/** The fields of {@link datasetCardSchema}. */
export type DatasetCard = z.infer<typeof datasetCardSchema>;

/** What a node publishes about a dataset: aggregates only, already released by its disclosure control. */
export const datasetRecordSchema = z.strictObject({
  siteId: siteIdSchema,
  name: datasetNameSchema,
  title: z.string().min(1).max(200),
  description: z.string().max(2000),
  country: countrySchema,
  /** Number of this version; a version never changes. */
  version: z.number().int().positive(),
  /** Digest over the sorted digests of the version's objects and rows. */
  contentSha256: digestSchema,
  publishedAtMs: instantMsSchema,
  persons: guardedCountSchema,
  studies: guardedCountSchema,
  images: guardedCountSchema,
  /** DICOM modality codes. */
  modalities: z.array(z.string().max(16)).max(20),
  bodyParts: z.array(z.string().max(64)).max(40),
  manufacturers: z.array(z.string().max(64)).max(40),
  /** Key: sex code of the CDM. */
  sexes: z.record(z.string().max(16), guardedCountSchema),
  /** Key: finding label of the clinical table. */
  findings: z.record(z.string().max(64), guardedCountSchema),
  /** Whole years, rounded outwards to five. */
  ageYears: z.strictObject({ from: z.number().int(), to: z.number().int() }).nullable(),
  /** Data-use terms: DUO or EUCAIM codes. */
  conditions: z.array(z.string().max(40)).max(23),
  quality: z.strictObject({
    score: z.number().min(0).max(100),
    checked: z.number().int().nonnegative(),
    findings: z.number().int().nonnegative(),
    /** By the five dimensions of Cancer Image Europe, 0 to 100. */
    dimensions: z
      .array(z.strictObject({ dimension: z.string().max(32), score: z.number().min(0).max(100) }))
      .max(8)
      .optional(),
  }),
  synthetic: z.boolean(),
  /** What the node's values are in the hyper-ontology; values without a code are left out. */
  codes: z
    .strictObject({
      sexes: codesSchema,
      modalities: codesSchema,
      manufacturers: codesSchema,
      bodyParts: codesSchema,
    })
    .optional(),
  /** Years in which the images were taken, rounded outwards by what dates were shifted; null where withheld. */
  acquiredYears: z.strictObject({ from: z.number().int(), to: z.number().int() }).nullable().optional(),
  /** Smallest distance of pixels in mm. */
  smallestSpacingMm: z.number().positive().max(100).nullable().optional(),
  card: datasetCardSchema.optional(),
  /** What the clinical tables say of enough people: variables of the common data model. */
  variables: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
        title: z.string().min(1).max(120),
        datatype: z.enum(['string', 'decimal', 'date', 'boolean']),
        code: z
          .string()
          .regex(/^[A-Z]{2,5}\d{6,8}$/)
          .nullable(),
      }),
    )
    .max(200)
    .optional(),
});

/** A published dataset version. */
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;

/** `GET /fdp/fair/:siteId/:name` of a hub: the score after F-UJI v0.8. */
export const fairScoreSchema = z.strictObject({
  /** Of all points, one decimal. */
  percent: z.number().min(0).max(100),
  metrics: z.array(
    z.strictObject({
      metric: z.string(),
      name: z.string(),
      earned: z.number(),
      outOf: z.number(),
      tests: z.array(z.strictObject({ test: z.string(), passed: z.boolean() })),
      improve: z.string(),
    }),
  ),
});

/** What a score after F-UJI says. */
export type FairScore = z.infer<typeof fairScoreSchema>;

/** A field that a person fills for a record. */
export const typedFieldSchema = z.enum([
  'title',
  'description',
  'conditions',
  'publisherName',
  'contactEmail',
  'condition',
  'collectionMethod',
  'populationCoverage',
  'legalBasis',
  'retentionUntil',
  'hdabName',
  'hdabPage',
]);

/** The data quality and utility label after Article 78(3) EHDS; `GET /fdp/label/:siteId/:name` of a hub. Scores from 0 to 100. */
export const utilityLabelSchema = z.strictObject({
  score: z.number().min(0).max(100),
  dimensions: z.array(
    z.strictObject({
      dimension: z.enum([
        'documentation',
        'technical-quality',
        'quality-management',
        'coverage',
        'access',
        'modifications',
      ]),
      score: z.number().min(0).max(100),
      items: z.array(
        z.strictObject({
          item: z.enum([
            'described',
            'condition',
            'collection',
            'variables',
            'checked',
            'few-findings',
            'population',
            'period',
            'ages',
            'size',
            'conditions',
            'legal-basis',
            'contact',
            'retention',
            'hdab',
            'versioned',
            'linked',
          ]),
          isMet: z.boolean(),
          /** The field that fills it; null where it is worked out from the data. */
          field: typedFieldSchema.nullable(),
        }),
      ),
    }),
  ),
});

/** A data quality and utility label. */
export type UtilityLabel = z.infer<typeof utilityLabelSchema>;
