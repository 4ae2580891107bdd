import type { ConsentPurpose } from '#wire';

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
