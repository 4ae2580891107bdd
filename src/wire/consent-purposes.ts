import { z } from 'zod';

/** What a person may allow, each by itself. General-interest purposes of data altruism (Reg. (EU) 2022/868 Art. 2(16)). */
export const CONSENT_PURPOSES = [
  'cancer-research',
  'ai-development',
  'public-health',
  'education',
  'commercial-development',
  'outside-eu',
] as const;

export const consentPurposeSchema = z.enum(CONSENT_PURPOSES);

/** One of {@link CONSENT_PURPOSES}. */
export type ConsentPurpose = z.infer<typeof consentPurposeSchema>;

/** Answers that many people give, so that nobody has to face a wall of switches. */
export const CONSENT_PRESETS = {
  'public-research': ['cancer-research', 'public-health'],
  'research-and-ai': ['cancer-research', 'ai-development', 'public-health', 'education'],
  everything: CONSENT_PURPOSES,
} as const satisfies Readonly<Record<string, readonly ConsentPurpose[]>>;
