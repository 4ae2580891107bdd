import { z } from 'zod';
import type { Compression } from './compression.ts';
import { digestSchema, idSchema, siteIdSchema } from './names.ts';
import { PERMIT_TOKEN_LIMIT } from './permit.ts';
import type { StrategySpec } from './strategy.ts';

/** Fewest and most sites whose updates are added up masked: below three a sum hides nobody; the pair graph is complete. */
export const MASKED_SITES = { least: 3, most: 64 } as const;

/** How the updates of a job are added up; part of what node owners approve. */
export const aggregationSchema = z.strictObject({
  /** `masked`: the hub learns the sum alone. `open`: it receives each site's update as it is. */
  updates: z.enum(['masked', 'open']),
  /** No site weighs more than so many films. With the number of sites it fixes how finely changes are counted. */
  mostFilms: z.number().int().min(1).max(1_048_576),
});

/** How updates are added up. */
export type Aggregation = z.infer<typeof aggregationSchema>;

/** Why a job's updates are not masked, in a word that the portal translates. */
export const whyOpenSchema = z.enum([
  'strategy-compares',
  'strategy-asynchronous',
  'few-sites',
  'many-sites',
  'compressed',
  'flower',
  'chosen',
  'before-masking',
]);

/** Why a job's updates are not masked. */
export type WhyOpen = z.infer<typeof whyOpenSchema>;

const COMPARING: readonly StrategySpec['kind'][] = ['median', 'trimmed-mean', 'krum'];

/** What hinders masking the updates of a job, whatever it asks for; undefined where they can be masked. */
export function maskingHindrance(job: {
  readonly strategy: StrategySpec;
  readonly sites: readonly string[];
  readonly sitesPerRound?: number | undefined;
  readonly compression?: Compression | undefined;
  readonly engine?: 'flower' | undefined;
}): WhyOpen | undefined {
  const inRound = Math.min(job.sites.length, job.sitesPerRound ?? job.sites.length);
  if (job.engine === 'flower') return 'flower';
  if (COMPARING.includes(job.strategy.kind)) return 'strategy-compares';
  if (job.strategy.kind === 'fedbuff') return 'strategy-asynchronous';
  if (job.compression !== undefined) return 'compressed';
  if (inRound < MASKED_SITES.least) return 'few-sites';
  if (inRound > MASKED_SITES.most) return 'many-sites';
  return undefined;
}

/** Why the updates of a job travel open; undefined where they are masked. */
export function whyOpen(
  job: Parameters<typeof maskingHindrance>[0] & { readonly aggregation?: Aggregation | undefined },
): WhyOpen | undefined {
  if (job.aggregation?.updates === 'masked') return undefined;
  return maskingHindrance(job) ?? (job.aggregation === undefined ? 'before-masking' : 'chosen');
}

/** 32 bytes, base64url. */
const key32Schema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes, base64url');
/** Ed25519, base64url. */
const signature64Schema = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'an Ed25519 signature, base64url');
/** Nonce, two encrypted shares and tag: 12 + 64 + 16 bytes. */
const sealedShareSchema = z.string().regex(/^[A-Za-z0-9_-]{123}$/, '92 bytes, base64url');

/** The keys a site uses in one round, signed with its identity. */
export const keyAdvertSchema = z.strictObject({
  siteId: siteIdSchema,
  /** X25519: masks between pairs of sites. */
  maskKey: key32Schema,
  /** X25519: shares between pairs of sites. */
  shareKey: key32Schema,
  /** SHA-256 of the seed of the site's own mask. */
  selfMaskSha256: digestSchema,
  signature: signature64Schema,
});

/** The keys of a site in one round. */
export type KeyAdvert = z.infer<typeof keyAdvertSchema>;

/** A site as a job shows it to the others: its identity key, which they pin. */
export const rosterSchema = z.array(z.strictObject({ siteId: siteIdSchema, publicKey: key32Schema })).max(200);

const sitesSchema = z.array(siteIdSchema).max(MASKED_SITES.most);

/** What the hub asks of a site to add up a round, in this order. */
export const sumStepSchema = z.discriminatedUnion('step', [
  /** The group is fixed: share your secrets among it. */
  z.strictObject({ step: z.literal('deal-shares'), adverts: z.array(keyAdvertSchema).max(MASKED_SITES.most) }),
  /** Who shared, and the shares for you: send your masked update. */
  z.strictObject({
    step: z.literal('send-masked'),
    dealers: sitesSchema,
    shares: z.array(z.strictObject({ from: siteIdSchema, sealed: sealedShareSchema })).max(MASKED_SITES.most),
  }),
  /** Whose masked update arrived: sign that you know of this set and no other. */
  z.strictObject({ step: z.literal('sign-survivors'), survivors: sitesSchema }),
  /** Enough sites signed the same: open what takes the masks off the sum. */
  z.strictObject({
    step: z.literal('open-sum'),
    signatures: z.array(z.strictObject({ siteId: siteIdSchema, signature: signature64Schema })).max(MASKED_SITES.most),
  }),
]);

/** One step of adding up a round. */
export type SumStep = z.infer<typeof sumStepSchema>;

export const sumStepNameSchema = z.enum(['deal-shares', 'send-masked', 'sign-survivors', 'open-sum']);

/** Name of a step. */
export type SumStepName = z.infer<typeof sumStepNameSchema>;

const openedShareSchema = z.strictObject({ of: siteIdSchema, share: key32Schema });

/** What a site answers to each step. */
export const sumReceiptSchemas = [
  z.strictObject({
    kind: z.literal('shares-dealt'),
    shares: z.array(z.strictObject({ to: siteIdSchema, sealed: sealedShareSchema })).max(MASKED_SITES.most),
  }),
  z.strictObject({ kind: z.literal('masked-sent'), maskedSha256: digestSchema }),
  z.strictObject({ kind: z.literal('survivors-signed'), signature: signature64Schema }),
  z.strictObject({
    kind: z.literal('sum-opened'),
    /** Of those whose masked update arrived. */
    selfMasks: z.array(openedShareSchema).max(MASKED_SITES.most),
    /** Of those who dropped out after sharing. */
    maskKeys: z.array(openedShareSchema).max(MASKED_SITES.most),
  }),
] as const;

/** An answer to a step. */
export const sumReceiptSchema = z.discriminatedUnion('kind', [...sumReceiptSchemas]);
export type SumReceipt = z.infer<typeof sumReceiptSchema>;

/** A round that is added up. */
export interface SumRound {
  readonly jobId: string;
  readonly round: number;
  readonly specSha256: string;
}

/** The text a site signs under the keys of a round. */
export function keyAdvertText(round: SumRound, advert: Omit<KeyAdvert, 'signature'>): string {
  const { jobId, specSha256 } = round;
  const { siteId, maskKey, shareKey, selfMaskSha256 } = advert;
  const lines = [
    'unica-mask-keys-v1',
    jobId,
    String(round.round),
    specSha256,
    siteId,
    maskKey,
    shareKey,
    selfMaskSha256,
  ];
  return lines.join('\n');
}

/** The text a site signs under the set of those whose update counts. */
export function survivorsText(
  round: SumRound,
  sets: { readonly rosterSha256: string; readonly dealers: readonly string[]; readonly survivors: readonly string[] },
): string {
  const names = (sites: readonly string[]) => [...sites].sort().join(' ');
  return [
    'unica-survivors-v1',
    round.jobId,
    String(round.round),
    round.specSha256,
    sets.rosterSha256,
    names(sets.dealers),
    names(sets.survivors),
  ].join('\n');
}

/** `secure-sum`: one step. */
export const secureSumTaskSchema = z.strictObject({
  kind: z.literal('secure-sum'),
  jobId: idSchema,
  round: z.number().int().positive(),
  specSha256: digestSchema,
  permit: z.string().max(PERMIT_TOKEN_LIMIT),
  step: sumStepSchema,
});
