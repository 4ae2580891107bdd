import { route } from '#http';
import { ConceptSearch, conceptsFound } from '#mapping';
import { conceptLabel, SEARCH_FIELDS } from '#vocab';
import { conceptQuerySchema, conceptsSchema, QUERY_FIELDS, searchFieldsSchema } from '#wire';

/** The words in which the network is searched. */
export function conceptRoutes() {
  const concepts = new ConceptSearch();
  const fields = searchFields();
  return [
    route({
      method: 'GET',
      path: '/api/concepts',
      access: 'signed-in',
      summary: 'Concepts of the hyper-ontology by code, of its own or another system, or name, in spite of slips',
      query: conceptQuerySchema,
      reply: conceptsSchema,
      handle: ({ query }) => conceptsFound(concepts, query),
    }),
    route({
      method: 'GET',
      path: '/api/search-fields',
      access: 'signed-in',
      summary: 'What a cohort can be described by: fields, and the values that are known by name',
      reply: searchFieldsSchema,
      handle: () => fields,
    }),
  ];
}

/** Spellings that are keys of the search form of Cancer Image Europe, or beginnings. */
const OF_THE_FORM = /^(SNOMEDCT|RID|birnlex|C\d)|\*$/;

function searchFields() {
  return {
    fields: QUERY_FIELDS.flatMap((field) => {
      const known = SEARCH_FIELDS.get(field);
      if (known === undefined) return [];
      const values = known.terms.map(({ code, within, spellings }) => ({
        code,
        name: conceptLabel(code),
        dicom: spellings.find((spelling) => !OF_THE_FORM.test(spelling)) ?? null,
        within,
      }));
      return [{ field, kind: known.kind, values }];
    }),
  };
}
