import { z } from 'zod';
import { idSchema, instantMsSchema } from './names.ts';

/** A share, or how sure something is. */
const shareSchema = z.number().min(0).max(1);
const countSchema = z.number().int().min(0);
const headingSchema = z.string().min(1).max(500);
const elementIdSchema = z.string().min(1).max(64);
const countsSchema = z.record(z.string().max(64), countSchema);

/** What the columns of a table mean, as a person accepted it; `mapping apply` and `import --mapping` take the same as YAML. */
export const mappingDocumentSchema = z.strictObject({
  mapping: z.literal(1),
  columns: z
    .array(
      z.strictObject({
        column: headingSchema,
        element: elementIdSchema.optional(),
        unit: z.string().max(40).optional(),
        values: z.record(z.string().max(500), z.union([z.string().max(64), z.null()])).optional(),
        leave_out: z.enum(['people', 'unneeded', 'undecided']).optional(),
      }),
    )
    .max(2000),
});

const reasonSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accepted-before'), heading: z.string() }),
  z.strictObject({ kind: z.literal('heading-is'), name: z.string() }),
  z.strictObject({ kind: z.literal('heading-is-like'), name: z.string() }),
  z.strictObject({ kind: z.literal('values-fit'), share: shareSchema }),
  z.strictObject({ kind: z.literal('numbers-fit'), share: shareSchema }),
  z.strictObject({ kind: z.literal('dates') }),
  z.strictObject({ kind: z.literal('names-people'), name: z.string() }),
]);

const valueSchema = z.strictObject({
  value: z.string(),
  count: countSchema,
  /** Null where a person has to say. */
  code: z.string().nullable(),
  confidence: shareSchema,
});

/** `GET /api/mapping/tables/{id}/values`: a column's values as answers of an element that a person chose. */
export const mappingValuesSchema = z.strictObject({ items: z.array(valueSchema) });

const runSchema = z.strictObject({
  state: z.enum(['running', 'done', 'failed']),
  /** Rows read so far. */
  rows: countSchema,
  withoutPerson: countSchema,
  problems: countsSchema,
  /** Why it failed, in a sentence. */
  because: z.string().nullable(),
});

/** A table that waits to be mapped. */
export const mappingTableSchema = z.strictObject({
  tableId: idSchema,
  name: z.string(),
  sizeBytes: countSchema,
  uploadedAtMs: instantMsSchema,
  /** Whether a mapping was saved for it. */
  isMapped: z.boolean(),
  /** How bringing it into the warehouse goes; null where nobody asked for it. */
  run: runSchema.nullable(),
});

/** A table that waits to be mapped. */
export type MappingTable = z.infer<typeof mappingTableSchema>;

/** `GET /api/mapping/tables` */
export const mappingTablesSchema = z.strictObject({ items: z.array(mappingTableSchema) });

/** `GET /api/mapping/tables/{id}/versions`: every mapping that was saved for it, newest first. */
export const mappingVersionsSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      version: z.number().int().min(1),
      /** Empty where it was saved before versions were kept. */
      actor: z.string(),
      /** 0 where it was saved before versions were kept. */
      savedAtMs: instantMsSchema,
      columns: countSchema,
      /** Headings that it maps otherwise than the version before; none of the first. */
      changed: z.array(z.string()),
    }),
  ),
});

/** A mapping that was saved for a table. */
export type MappingVersion = z.infer<typeof mappingVersionsSchema>['items'][number];

/** `GET /api/mapping/tables/{id}`: what its columns hold and what they seem to mean. */
export const mappingStudioSchema = z.strictObject({
  table: mappingTableSchema,
  encoding: z.string(),
  /** Rows that were looked at; of a long table the first. */
  rows: countSchema,
  isSample: z.boolean(),
  /** What is wrong with the form of the table; row 0 stands for the whole. */
  notes: z.array(z.strictObject({ row: countSchema, column: z.string(), problem: z.string() })),
  columns: z.array(
    z.strictObject({
      column: z.string(),
      profile: z.strictObject({
        kind: z.enum(['empty', 'identifier', 'number', 'date', 'words', 'text']),
        filled: countSchema,
        missing: countSchema,
        distinct: countSchema,
        decimalMark: z.enum(['.', ',']),
        dateOrder: z.enum(['ymd', 'dmy', 'mdy']),
        unit: z.string(),
        range: z.tuple([z.number(), z.number()]).nullable(),
        days: z.tuple([z.string(), z.string()]).nullable(),
        /** Odd cells: row as the table counts, from 1, and what is odd. */
        oddities: z.array(z.strictObject({ row: countSchema, oddity: z.string() })),
        oddCells: countSchema,
      }),
      proposal: z.strictObject({
        decision: z.enum(['map', 'leave-out', 'undecided']),
        element: elementIdSchema.nullable(),
        confidence: shareSchema,
        reasons: z.array(reasonSchema),
        unit: z.string().nullable(),
        values: z.array(valueSchema),
        alternatives: z.array(z.strictObject({ element: elementIdSchema, confidence: shareSchema })),
      }),
    }),
  ),
  /** What was saved, or everything that is proposed. */
  document: mappingDocumentSchema,
});

/** What a table's columns hold and what they seem to mean. */
export type MappingStudio = z.infer<typeof mappingStudioSchema>;

/** A mapping as the studio has it, or as YAML. */
export const mappingWishSchema = z.union([
  z.strictObject({ document: mappingDocumentSchema }),
  z.strictObject({ yaml: z.string().max(2_000_000) }),
]);

/** `POST /api/mapping/tables/{id}/effect`: what a mapping would make of the table; nothing is stored. */
export const mappingEffectSchema = z.strictObject({
  rows: countSchema,
  isSample: z.boolean(),
  persons: countSchema,
  withoutPerson: countSchema,
  columns: z.strictObject({
    mapped: countSchema,
    leftOut: countSchema,
    undecided: countSchema,
  }),
  /** Cells of mapped columns that say something, and of these taken over. */
  cells: z.strictObject({ filled: countSchema, taken: countSchema }),
  /** Rows of the common data model by table. */
  tables: countsSchema,
  problems: countsSchema,
  /** The first cells that were not taken over as they are; row as the table counts, from 1. */
  issues: z
    .array(
      z.strictObject({
        row: countSchema,
        column: z.string(),
        problem: z.string(),
        /** What stands in the cell, cut; it never leaves the node. */
        cell: z.string().max(80),
      }),
    )
    .max(500),
  /** By mapped column: cells that say something, of these taken over, and what was wrong with others. */
  byColumn: z.array(
    z.strictObject({ column: z.string(), filled: countSchema, taken: countSchema, problems: countsSchema }),
  ),
  missingColumns: z.array(z.string()),
  unmappedColumns: z.array(z.string()),
});

/** What a mapping would make of a table. */
export type MappingEffect = z.infer<typeof mappingEffectSchema>;

/** `GET /api/mapping/elements`: what a column can mean. */
export const mappingElementsSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      element: elementIdSchema,
      /** Table and column of the common data model. */
      table: z.string(),
      column: z.string(),
      kind: z.enum(['identifier', 'coded', 'number', 'date', 'yes-no', 'text']),
      unit: z.string().nullable(),
      /** Its name in English. */
      name: z.string(),
      /** What people call it in the languages of the network, to be found by. */
      names: z.array(z.string()),
      answers: z.array(z.strictObject({ code: z.string(), name: z.string() })),
    }),
  ),
});

/** What `GET /api/concepts` is asked. */
export const conceptQuerySchema = z.strictObject({
  q: z.string().min(1).max(200),
  limit: z.coerce.number().int().min(1).max(200).default(20),
  prefix: z
    .string()
    .regex(/^[A-Z]{2,4}$/)
    .optional(),
});

/** `GET /api/concepts`, of a node and of a hub: concepts of the hyper-ontology, best first. */
export const conceptsSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      code: z.string(),
      name: z.string(),
      domain: z.string(),
      score: shareSchema,
      /** The name by which it was found. */
      by: z.string(),
      /** The same thing in other systems, where that is known here: `SNOMED CT`, `LOINC`, `RadLex` and such. */
      matches: z.array(z.strictObject({ system: z.string(), code: z.string() })),
    }),
  ),
});

/** `GET /api/mapping/loads`: tables in the warehouse. */
export const warehouseViewSchema = z.strictObject({
  loads: z.array(
    z.strictObject({
      load: countSchema,
      name: z.string(),
      rows: countSchema,
      withoutPerson: countSchema,
      problems: countsSchema,
      loadedAtMs: instantMsSchema,
    }),
  ),
  /** The warehouse of what is there now; null while there is no table. */
  build: z
    .strictObject({
      contentSha256: z.string(),
      persons: countSchema,
      rows: countSchema,
      problems: countsSchema,
    })
    .nullable(),
});
