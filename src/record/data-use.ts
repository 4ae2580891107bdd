import { DATA_USE_TERMS, dataUseCode } from '#wire';

/** Where EUCAIM publishes its data-use conditions. */
const VOCABULARY = 'https://eucaim.github.io/eucaim_dcat_ap/releases/controlled-vocabularies/data-use-conditions/#';

/**
 * IRI of a data-use condition named by its DUO code (`DUO_0000042`, `DUO:0000042`) or its EUCAIM term
 * (`GENERAL_RESEARCH_USE`); undefined when the vocabulary has none.
 */
export function dataUseIri(condition: string): string | undefined {
  const code = dataUseCode(condition);
  return code === undefined ? undefined : `${VOCABULARY}${DATA_USE_TERMS[code]}`;
}
