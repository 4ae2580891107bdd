import { z } from 'zod';
import { markedBoxSchema } from './portal-node.ts';

const shownValueSchema = z.union([
  z.strictObject({ text: z.string(), isCut: z.boolean() }),
  /** Of what is no text. */
  z.strictObject({ sizeBytes: z.number().int() }),
  /** Of a sequence. */
  z.strictObject({ items: z.number().int() }),
]);

/** A value of an element as it is shown. */
export type ShownElementValue = z.infer<typeof shownValueSchema>;

/** What can become of an element. */
export const elementDoneSchema = z.enum([
  'kept',
  'removed',
  'emptied',
  'replaced',
  'cleaned',
  'date-shifted',
  'uid-replaced',
  'added',
]);

/** What became of an element. */
export type ElementDone = z.infer<typeof elementDoneSchema>;

const elementChangeSchema = z.strictObject({
  /** Tags from the top of the file down, with the number of the item: `00081140[1].00081155`. */
  path: z.string(),
  depth: z.number().int(),
  /** Eight hexadecimal digits. */
  tag: z.string(),
  keyword: z.string().nullable(),
  vr: z.string(),
  before: shownValueSchema.nullable(),
  after: shownValueSchema.nullable(),
  done: elementDoneSchema,
  rule: z.strictObject({
    kind: z.enum([
      'row',
      'private',
      'group-length',
      'overlay',
      'unknown',
      'sequence',
      'uid',
      'date',
      'report-text',
      'free-text',
      'other-representation',
      'bulk',
      'no-row',
      'mark',
      'within',
    ]),
    /** Action of the Basic Profile in Table E.1-1, such as `X/Z/D`. */
    basic: z.string().optional(),
    /** The option whose column decided, and its code. */
    option: z.enum(['dates', 'patient', 'device', 'descriptors', 'structured']).optional(),
    code: z.enum(['K', 'C']).optional(),
  }),
  note: z
    .enum([
      'pseudonym',
      'character-set',
      'report-unverified',
      'age-capped',
      'repeats-identifier',
      'not-its-form',
      'opaque-sequence',
      'whole-seconds',
      'pixels-masked',
      'pixel-description',
      'inner-pixels',
      'safe-private',
      'not-safe-private',
    ])
    .optional(),
});

/** An element before and after de-identification. */
export type ElementChangeView = z.infer<typeof elementChangeSchema>;

const whyMaskedSchema = z.enum(['writing', 'outside-regions', 'equipment', 'person']);

/** A rectangle that was blacked out, or is suspected to hold writing. */
export const pixelMaskSchema = markedBoxSchema.extend({
  reason: whyMaskedSchema,
  confidence: z.number().min(0).max(1),
});

/** A rectangle that was blacked out. */
export type PixelMaskView = z.infer<typeof pixelMaskSchema>;

/**
 * `POST /api/deidentification-sample` (curator, protection officer): a DICOM file as the body, looked at and forgotten.
 * @note what was before identifies a person.
 */
export const deidentificationSampleSchema = z.strictObject({
  /** Made up by the product. */
  isSynthetic: z.boolean(),
  sizeBytes: z.number().int(),
  /** Why it would be set aside; null where it was cleaned. */
  setAside: z.strictObject({ code: z.string(), sentence: z.string(), mend: z.string() }).nullable(),
  /** None where it would be set aside; the first ones where there are very many. */
  elements: z.array(elementChangeSchema),
  /** Of all elements, also of those that are left out above. */
  counts: z.partialRecord(elementDoneSchema, z.number().int()),
  picture: z
    .strictObject({
      rows: z.number().int(),
      columns: z.number().int(),
      frames: z.number().int(),
      /** The one that is shown; the first is 0. */
      frame: z.number().int(),
      /** PNG as base64; null where it cannot be drawn here. */
      before: z.string().nullable(),
      after: z.string().nullable(),
    })
    .nullable(),
  /** Of all frames. */
  masks: z.array(pixelMaskSchema),
});

/** What would become of a file. */
export type DeidentificationSample = z.infer<typeof deidentificationSampleSchema>;
