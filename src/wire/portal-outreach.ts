import { z } from 'zod';
import { idSchema, instantMsSchema } from './names.ts';

/** Languages of the network, ISO 639-1. */
export const KIT_LANGUAGES = ['en', 'el', 'de', 'sl', 'uk', 'pt', 'lt', 'pl', 'it', 'es', 'et'] as const;

/** One of {@link KIT_LANGUAGES}. */
export type KitLanguage = (typeof KIT_LANGUAGES)[number];

/** What patients can read, one page each. */
export const KIT_PAGES = ['meaning', 'anonymisation', 'choices', 'governance'] as const;

/** One of {@link KIT_PAGES}. */
export type KitPage = (typeof KIT_PAGES)[number];

/** What is read, hung up, handed out, sent or shown. */
export const KIT_MATERIALS = ['pages', 'poster-a3', 'poster-a4', 'leaflet', 'email', 'sms', 'screen'] as const;

/** One of {@link KIT_MATERIALS}. */
export type KitMaterial = (typeof KIT_MATERIALS)[number];

/** Materials that are sheets of paper. */
export const KIT_SHEETS = ['poster-a3', 'poster-a4', 'leaflet'] as const satisfies readonly KitMaterial[];

/** One of {@link KIT_SHEETS}. */
export type KitSheet = (typeof KIT_SHEETS)[number];

/** How a material was used: opened, sent to a printer, had as a file, its text copied; or handed out, which people enter. */
export const KIT_USES = ['view', 'print', 'download', 'copy', 'handed-out'] as const;

/** One of {@link KIT_USES}. */
export type KitUse = (typeof KIT_USES)[number];

const PROTOCOLS: ReadonlySet<string> = new Set(['https:', 'http:', 'mailto:']);

/** An address that can be followed or written to; as long as a code to scan can hold. */
const addressSchema = z
  .string()
  .max(200)
  .refine((address) => URL.canParse(address) && PROTOCOLS.has(new URL(address).protocol), 'an https or mailto address');

/** `POST /api/kit/partners`, `PUT /api/kit/partners/:partnerId` (coordinator): whose sheets they are beside the network's. */
export const kitPartnerSchema = z.strictObject({
  name: z.string().trim().min(2).max(80),
  kind: z.enum(['altruism', 'hospital', 'other']),
  /** Of a data altruism organisation recognised in the Union: its number in the public register. */
  registerNumber: z.string().trim().min(1).max(60).nullable(),
  /** Where patients ask, as it is printed: telephone, room, e-mail. */
  contact: z.string().trim().min(3).max(200),
  website: addressSchema.nullable(),
  /** Where patients opt out or consent; printed as a code. */
  choices: addressSchema.nullable(),
});

/** Whose sheets they are beside the network's. */
export type KitPartner = z.infer<typeof kitPartnerSchema>;

const partnerViewSchema = kitPartnerSchema.extend({
  partnerId: idSchema,
  /** Address of the logo at the hub; null where there is none. */
  logo: z.string().nullable(),
});

/** A partner as everybody sees it. */
export type KitPartnerView = z.infer<typeof partnerViewSchema>;

/** `POST /api/kit/partners`. */
export const kitPartnerIdSchema = z.strictObject({ partnerId: idSchema });

/** `GET /api/kit`: what is asked for. */
export const kitQuerySchema = z.strictObject({
  language: z.enum(KIT_LANGUAGES),
  partner: idSchema.optional(),
});

/** `GET /api/kit`: everything of the kit in one language, for everybody. */
export const kitSchema = z.strictObject({
  language: z.enum(KIT_LANGUAGES),
  network: z.string(),
  atMs: instantMsSchema,
  headline: z.string(),
  tagline: z.string(),
  points: z.array(z.string()),
  pages: z.array(z.strictObject({ page: z.enum(KIT_PAGES), title: z.string(), body: z.array(z.string()) })),
  /** Sums of the public state of the network, as the language writes them; what is not known is not there. */
  figures: z.strictObject({
    title: z.string(),
    rows: z.array(z.strictObject({ label: z.string(), value: z.string() })),
    notes: z.array(z.string()),
  }),
  decide: z.string(),
  ask: z.string(),
  together: z.string(),
  register: z.string(),
  /** Where the code leads, and the code as a path of SVG over a square of so many units; null where there is no address. */
  choices: z
    .strictObject({
      address: z.string(),
      code: z.strictObject({ size: z.number().int().positive(), path: z.string() }),
    })
    .nullable(),
  partner: partnerViewSchema.nullable(),
  partners: z.array(z.strictObject({ partnerId: idSchema, name: z.string() })),
  email: z.strictObject({ subject: z.string(), body: z.string() }),
  sms: z.string(),
  /** Sheets that can be had as PDF: the fonts of our PDF have all their signs. */
  pdfs: z.array(z.enum(KIT_SHEETS)),
});

/** Everything of the kit in one language. */
export type Kit = z.infer<typeof kitSchema>;

const materialShape = { material: z.enum(KIT_MATERIALS), language: z.enum(KIT_LANGUAGES) };

/** `POST /api/kit/uses` (everybody): one more of it; nothing about who. */
export const kitUseSchema = z.strictObject({ ...materialShape, use: z.enum(['view', 'print', 'copy']) });

/** `POST /api/kit/handed-out` (coordinator): sheets or messages that people gave out. */
export const kitHandedOutSchema = z.strictObject({
  ...materialShape,
  /** ISO day. */
  day: z.iso.date(),
  count: z.number().int().min(1).max(1_000_000),
  because: z.string().trim().min(3).max(500),
});

/** Sheets or messages that people gave out. */
export type KitHandedOut = z.infer<typeof kitHandedOutSchema>;

const usesShape = {
  view: z.number().int().nonnegative(),
  print: z.number().int().nonnegative(),
  download: z.number().int().nonnegative(),
  copy: z.number().int().nonnegative(),
  'handed-out': z.number().int().nonnegative(),
};

/** How often a material was used in a language, over all days: plain counters, of nobody. */
export const kitReachRowSchema = z.strictObject({ ...materialShape, ...usesShape });

/** `GET /api/kit/reach` (coordinator, auditor). */
export const kitReachSchema = z.strictObject({
  rows: z.array(kitReachRowSchema),
  /** Of the days on which something was counted, the newest first, at most sixty. */
  days: z.array(z.strictObject({ day: z.iso.date(), ...usesShape })),
});

/** How far the kit has come. */
export type KitReach = z.infer<typeof kitReachSchema>;
