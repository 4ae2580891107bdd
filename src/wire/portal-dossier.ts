import { z } from 'zod';
import { instantMsSchema } from './names.ts';

/** Items of the legal dossier of a node, in the order in which they are asked for. */
export const DOSSIER_ITEM_NAMES = [
  'representation',
  'legal-basis',
  'sharing-agreement',
  'ethics-approval',
  'dpo-report',
  'dpia',
  'security-evidence',
  'service-level',
  'national-law',
  'special-conditions',
  'ethics-training',
  'negotiation-contact',
  'transfer-instrument',
  'transfer-assessment',
] as const;

export const dossierItemSchema = z.enum(DOSSIER_ITEM_NAMES);
const daySchema = z.iso.date();
/** A line of text without control characters. */
const lineSchema = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .regex(/^\P{Cc}+$/u);

/** `POST /api/dossier/:item` (operator, protection officer): a document, or that the item does not apply and why. */
export const dossierDocumentSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('document'),
    /** Where it lies: a file number, an address. */
    reference: lineSchema,
    responsible: lineSchema,
    validFrom: daySchema,
    validUntil: daySchema,
  }),
  z.strictObject({ kind: z.literal('does-not-apply'), reference: lineSchema, responsible: lineSchema }),
]);

/** `GET /api/dossier` of a node. */
export const dossierSchema = z.strictObject({
  country: z.string(),
  isExample: z.boolean(),
  /** What hinders publishing; empty: nothing. */
  hindrances: z.array(dossierItemSchema),
  entries: z.array(
    z.strictObject({
      item: dossierItemSchema,
      isNeeded: z.boolean(),
      mayNotApply: z.boolean(),
      monthsAtMost: z.number().int(),
      state: z.enum(['missing', 'in-force', 'ends-soon', 'expired', 'not-yet', 'does-not-apply', 'not-needed']),
      law: z.strictObject({ title: z.string(), place: z.string(), url: z.string() }).nullable(),
      document: z
        .strictObject({
          reference: z.string(),
          responsible: z.string(),
          validFrom: z.string(),
          validUntil: z.string(),
          enteredAtMs: instantMsSchema.nullable(),
        })
        .nullable(),
    }),
  ),
  rules: z.strictObject({
    inTheUnion: z.boolean(),
    authority: z.strictObject({ name: z.string(), url: z.string() }),
    ethicsBody: z.string(),
    /** `source`: the page that a law was held against on `lawsHeldOn`; null where none was found. */
    laws: z.array(z.strictObject({ title: z.string(), source: z.string().nullable() })),
    lawsHeldOn: z.iso.date(),
    /** A law that lifts opt-outs for a public interest (EHDS, Article 71(4)); null where none was found. */
    optOutException: z.strictObject({ title: z.string(), source: z.string().nullable() }).nullable(),
    note: z.string(),
  }),
  drafts: z.array(z.string()),
});

/** The legal dossier of a node. */
export type Dossier = z.infer<typeof dossierSchema>;
