import { z } from 'zod';
import type { StrategySpec } from './strategy.ts';

/** Share of the changes that `top-k` sends where a job names none: about 33 times fewer bytes. */
export const SUGGESTED_SHARE = 0.02;

/**
 * How a site's change is made smaller before it leaves; part of what node owners approve. What is left out is remembered at
 * the site and added to its next change (error feedback: Seide et al. 2014; Karimireddy et al. 2019).
 */
export const compressionSchema = z.discriminatedUnion('kind', [
  /** 8 bits for each number and a scale for every 256 of them: about a quarter of the bytes. */
  z.strictObject({ kind: z.literal('int8') }),
  /** Only this share of the changes, the largest of the whole model; 6 bytes for each. */
  z.strictObject({ kind: z.literal('top-k'), share: z.number().min(0.0001).max(0.25) }),
]);

/** How changes are made smaller. */
export type Compression = z.infer<typeof compressionSchema>;

/** Why the changes of a job cannot be made smaller so, in a word that the portal translates. */
export const compressionHindranceSchema = z.enum(['masked', 'scaffold', 'fedbuff', 'compares-each']);

/** Why changes cannot be made smaller. */
export type CompressionHindrance = z.infer<typeof compressionHindranceSchema>;

const COMPARING_EACH: readonly StrategySpec['kind'][] = ['median', 'trimmed-mean', 'krum'];

/** What hinders the compression a job asks for; undefined where it asks for none, or nothing does. */
export function compressionHindrance(job: {
  readonly strategy: StrategySpec;
  readonly compression?: Compression | undefined;
  readonly aggregation?: { readonly updates: 'masked' | 'open' } | undefined;
}): CompressionHindrance | undefined {
  if (job.compression === undefined) return undefined;
  if (job.aggregation?.updates === 'masked') return 'masked';
  if (job.strategy.kind === 'scaffold') return 'scaffold';
  if (job.strategy.kind === 'fedbuff') return 'fedbuff';
  const sparse = job.compression.kind === 'top-k';
  return sparse && COMPARING_EACH.includes(job.strategy.kind) ? 'compares-each' : undefined;
}
