import { route } from '#http';
import { ConceptSearch, conceptsFound } from '#mapping';
import { conceptQuerySchema, conceptsSchema } from '#wire';

/** The words in which the network is searched. */
export function conceptRoutes() {
  const concepts = new ConceptSearch();
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
  ];
}
