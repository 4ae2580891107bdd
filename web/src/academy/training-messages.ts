import type { SandboxBegin, SandboxRound, SandboxSettings } from '#academy';

/** What the worker is asked: one run. */
export interface TrainingWish {
  readonly settings: SandboxSettings;
}

/** What it tells while it trains. */
export type TrainingNews =
  | { readonly kind: 'begun'; readonly begin: SandboxBegin }
  | { readonly kind: 'round'; readonly round: SandboxRound }
  | { readonly kind: 'done'; readonly tookMs: number }
  | { readonly kind: 'failed' };
