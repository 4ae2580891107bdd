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

/**
 * Terms of the Data Privacy Vocabulary (W3C DPVCG, version 2) and of the Data Use Ontology for each purpose. A place of
 * processing is no purpose of theirs.
 */
export const PURPOSE_TERMS: Readonly<Record<ConsentPurpose, { readonly dpv: string; readonly duo: string | null }>> = {
  'cancer-research': { dpv: 'dpv:NonCommercialResearch', duo: 'DUO_0000006' },
  'ai-development': { dpv: 'dpv:ResearchAndDevelopment', duo: 'DUO_0000042' },
  'public-health': { dpv: 'dpv:PublicBenefit', duo: 'DUO_0000042' },
  education: { dpv: 'dpv:AcademicResearch', duo: null },
  'commercial-development': { dpv: 'dpv:CommercialResearch', duo: 'DUO_0000004' },
  'outside-eu': { dpv: 'dpv:Purpose', duo: null },
};

/** Answers that many people give, so that nobody has to face a wall of switches. */
export const CONSENT_PRESETS = {
  'public-research': ['cancer-research', 'public-health'],
  'research-and-ai': ['cancer-research', 'ai-development', 'public-health', 'education'],
  everything: CONSENT_PURPOSES,
} as const satisfies Readonly<Record<string, readonly ConsentPurpose[]>>;
