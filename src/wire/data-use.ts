import { z } from 'zod';
import { countrySchema } from './names.ts';

/** Terms of EUCAIM DCAT-AP 2 by the numbers of their exact matches in the Data Use Ontology (2021-02-23). */
export const DATA_USE_TERMS = {
  DUO_0000004: 'NO_RESTRICTION',
  DUO_0000006: 'HEALTH_MEDICAL_BIOMEDICAL_RESEARCH',
  DUO_0000007: 'DISEASE_SPECIFIC_RESEARCH',
  DUO_0000011: 'POPULATION_ORIGINS_ANCESTRY_RESEARCH_ONLY',
  DUO_0000012: 'RESEARCH_SPECIFIC_RESTRICTIONS',
  DUO_0000015: 'NO_GENERAL_METHODS_RESEARCH',
  DUO_0000016: 'GENETIC_STUDIES_ONLY',
  DUO_0000018: 'NOT_FOR_PROFIT_NON_COMMERCIAL_USE_ONLY',
  DUO_0000019: 'PUBLICATION_REQUIRED',
  DUO_0000020: 'COLLABORATION_REQUIRED',
  DUO_0000021: 'ETHICS_APPROVAL_REQUIRED',
  DUO_0000022: 'GEOGRAPHICAL_RESTRICTION',
  DUO_0000024: 'PUBLICATION_MORATORIUM',
  DUO_0000025: 'TIME_LIMIT_ON_USE',
  DUO_0000026: 'USER_SPECIFIC_RESTRICTION',
  DUO_0000027: 'PROJECT_SPECIFIC_RESTRICTION',
  DUO_0000028: 'INSTITUTION_SPECIFIC_RESTRICTION',
  DUO_0000029: 'RETURN_TO_DATABASE_OR_RESOURCE',
  DUO_0000042: 'GENERAL_RESEARCH_USE',
  DUO_0000043: 'CLINICAL_CARE_USE',
  DUO_0000044: 'POPULATION_ORIGINS_ANCESTRY_RESEARCH_PROHIBITED',
  DUO_0000045: 'NOT_FOR_PROFIT_ORGANISATION_USE_ONLY',
  DUO_0000046: 'NON_COMMERCIAL_USE_ONLY',
} as const;

/** A data-use condition by its number in the Data Use Ontology. */
export type DataUseCode = keyof typeof DATA_USE_TERMS;

/** All of {@link DATA_USE_TERMS}. */
export const DATA_USE_CODES = Object.keys(DATA_USE_TERMS) as readonly DataUseCode[];

/** The condition that a dataset names by code (`DUO_0000042`, `DUO:0000042`) or EUCAIM term; undefined where there is none. */
export function dataUseCode(condition: string): DataUseCode | undefined {
  const name = condition.trim().toUpperCase().replace(':', '_');
  return DATA_USE_CODES.find((code) => code === name || DATA_USE_TERMS[code] === name);
}

/** What kind of research a purpose is. */
export const RESEARCH_KINDS = [
  'disease',
  'health',
  'general',
  'methods',
  'genetic',
  'ancestry',
  'clinical-care',
] as const;

/** A purpose in data-use terms: what a machine holds against the conditions of a dataset. */
export const dataUseSchema = z.strictObject({
  research: z.enum(RESEARCH_KINDS),
  /** Hyper-ontology codes of the diseases that are studied, such as CLIN1000060. */
  diseases: z.array(z.string().regex(/^CLIN\d{7}$/, 'a code such as CLIN1000060')).max(20),
  commercial: z.boolean(),
  /** The organisation that asks does not seek profit. */
  notForProfit: z.boolean(),
  /** Where the organisation that asks is. */
  country: countrySchema,
  /** What is promised. */
  publishes: z.boolean(),
  returnsResults: z.boolean(),
  collaborates: z.boolean(),
});

/** A purpose in data-use terms. */
export type DataUse = z.infer<typeof dataUseSchema>;
