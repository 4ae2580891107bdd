/** Where EUCAIM publishes its data-use conditions. */
const VOCABULARY = 'https://eucaim.github.io/eucaim_dcat_ap/releases/controlled-vocabularies/data-use-conditions/#';

/** Terms of EUCAIM DCAT-AP 2 and the numbers of their exact matches in the Data Use Ontology. */
const TERMS: Readonly<Record<string, string>> = {
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
};

/**
 * IRI of a data-use condition named by its DUO code (`DUO_0000042`, `DUO:0000042`) or its EUCAIM term
 * (`GENERAL_RESEARCH_USE`); undefined when the vocabulary has none.
 */
export function dataUseIri(condition: string): string | undefined {
  const name = condition.trim().toUpperCase().replace(':', '_');
  const term = TERMS[name] ?? Object.values(TERMS).find((known) => known === name);
  return term === undefined ? undefined : `${VOCABULARY}${term}`;
}
