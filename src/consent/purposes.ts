import type { ConsentPurpose } from '#wire';

/**
 * Terms of the Data Privacy Vocabulary (W3C DPVCG, version 2) and of the Data Use Ontology for each purpose. Teaching has
 * no term of theirs, and a place of processing is no purpose. Null where every term of the Data Use Ontology allows more than the person did.
 */
export const PURPOSE_TERMS: Readonly<Record<ConsentPurpose, { readonly dpv: string; readonly duo: string | null }>> = {
  'cancer-research': { dpv: 'dpv:NonCommercialResearch', duo: 'DUO_0000007' },
  'ai-development': { dpv: 'dpv:ResearchAndDevelopment', duo: null },
  'public-health': { dpv: 'dpv:PublicBenefit', duo: null },
  education: { dpv: 'dpv:Purpose', duo: null },
  'commercial-development': { dpv: 'dpv:CommercialResearch', duo: null },
  'outside-eu': { dpv: 'dpv:Purpose', duo: null },
};
