import { z } from 'zod';
import { utf8 } from '#base';
import { route } from '#http';
import { answersOf, ConceptSearch, type ConceptTable, conceptsFound, ELEMENTS } from '#mapping';
import type { ClinicalWarehouse } from '#warehouse';
import {
  acceptedSchema,
  conceptQuerySchema,
  conceptsSchema,
  idSchema,
  mappingEffectSchema,
  mappingElementsSchema,
  mappingStudioSchema,
  mappingTableSchema,
  mappingTablesSchema,
  mappingValuesSchema,
  mappingVersionsSchema,
  mappingWishSchema,
  warehouseViewSchema,
} from '#wire';
import { type MappingDesk, type MappingWish, TABLE_LIMIT_BYTES } from './mapping-desk.ts';

/** A clinical table names people: who answers for the data sees it. */
const CURATORS = ['curator', 'protection-officer'] as const;
const STAFF = ['operator', 'curator', 'protection-officer', 'auditor'] as const;

const tableId = z.strictObject({ tableId: idSchema });
const YAML = 'application/yaml; charset=utf-8';

/** Clinical tables: what they mean, what comes of it, what is in the warehouse. */
export function mappingRoutes({
  mappingDesk: desk,
  warehouse,
  concepts: conceptTable,
}: {
  readonly mappingDesk: MappingDesk;
  readonly warehouse: ClinicalWarehouse;
  readonly concepts: ConceptTable;
}) {
  const concepts = new ConceptSearch(conceptTable);
  return [
    route({
      method: 'GET',
      path: '/api/mapping/tables',
      access: CURATORS,
      summary: 'Clinical tables that wait to be mapped, newest first',
      reply: mappingTablesSchema,
      handle: async () => ({ items: [...(await desk.tables())] }),
    }),
    route({
      method: 'POST',
      path: '/api/mapping/tables',
      access: CURATORS,
      summary: 'Upload a clinical table, the body; it stays in the node and is deleted when told so',
      query: z.strictObject({ name: z.string().min(1).max(200) }),
      bodyAs: 'stream',
      bodyLimitBytes: TABLE_LIMIT_BYTES,
      reply: mappingTableSchema,
      handle: async ({ query, bodyStream, caller }) => await desk.upload(query.name, bodyStream, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/mapping/tables/:tableId',
      access: CURATORS,
      summary: 'What the columns of a table hold and seem to mean, how sure that is and why',
      params: tableId,
      reply: mappingStudioSchema,
      handle: async ({ params }) => await desk.studio(params.tableId),
    }),
    route({
      method: 'DELETE',
      path: '/api/mapping/tables/:tableId',
      access: CURATORS,
      summary: 'Delete an uploaded table and its mapping; what was brought in of it stays',
      params: tableId,
      reply: acceptedSchema,
      async handle({ params, caller }) {
        await desk.remove(params.tableId, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/mapping/tables/:tableId/mapping',
      access: CURATORS,
      summary: 'The saved mapping as YAML',
      params: tableId,
      reply: 'bytes',
      handle: async ({ params }) => ({ contentType: YAML, bytes: utf8(await desk.yaml(params.tableId)) }),
    }),
    route({
      method: 'GET',
      path: '/api/mapping/tables/:tableId/versions',
      access: CURATORS,
      summary: 'Every mapping that was saved for a table: who, when, which columns changed; newest first',
      params: tableId,
      reply: mappingVersionsSchema,
      handle: async ({ params }) => ({ items: [...(await desk.versions(params.tableId))] }),
    }),
    route({
      method: 'GET',
      path: '/api/mapping/tables/:tableId/versions/:version',
      access: CURATORS,
      summary: 'A mapping that was saved before, as YAML; saved again it is the present one',
      params: tableId.extend({ version: z.coerce.number().int().min(1).max(999_999_999) }),
      reply: 'bytes',
      handle: async ({ params }) => ({
        contentType: YAML,
        bytes: utf8(await desk.version(params.tableId, params.version)),
      }),
    }),
    route({
      method: 'PUT',
      path: '/api/mapping/tables/:tableId/mapping',
      access: CURATORS,
      summary: 'Save what a person accepted, as a document or as YAML',
      params: tableId,
      body: mappingWishSchema,
      bodyLimitBytes: 4_194_304,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await desk.save(params.tableId, body as MappingWish, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/mapping/tables/:tableId/effect',
      access: CURATORS,
      summary: 'What a mapping would make of the table: coverage, rows, problems cell by cell; nothing is stored',
      params: tableId,
      body: mappingWishSchema,
      bodyLimitBytes: 4_194_304,
      reply: mappingEffectSchema,
      handle: async ({ params, body }) => await desk.effect(params.tableId, body as MappingWish),
    }),
    route({
      method: 'GET',
      path: '/api/mapping/tables/:tableId/values',
      access: CURATORS,
      summary: 'The values of a column as answers of an element that a person chose',
      params: tableId,
      query: z.strictObject({ column: z.string().min(1).max(500), element: z.string().min(1).max(64) }),
      reply: mappingValuesSchema,
      handle: async ({ params, query }) => ({
        items: [...(await desk.values(params.tableId, query.column, query.element))],
      }),
    }),
    route({
      method: 'POST',
      path: '/api/mapping/tables/:tableId/run',
      access: ['curator'],
      summary: 'Bring the table into the warehouse by its saved mapping; a table of the same name makes room for it',
      params: tableId,
      reply: mappingTableSchema,
      handle: async ({ params, caller }) => await desk.run(params.tableId, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/mapping/elements',
      access: STAFF,
      summary: 'What a column can mean, and the answers of coded ones',
      reply: mappingElementsSchema,
      handle: () => ({
        items: ELEMENTS.map(({ id, table, column, kind, unit, names, answers }) => ({
          element: id,
          table,
          column,
          kind,
          unit: unit?.unit ?? null,
          name: names[0] ?? id,
          names: [...names],
          answers: answers === undefined ? [] : [...answersOf(answers)],
        })),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/concepts',
      access: STAFF,
      summary: 'Concepts of the hyper-ontology by code, of its own or another system, or name, in spite of slips',
      query: conceptQuerySchema,
      reply: conceptsSchema,
      handle: ({ query }) => conceptsFound(concepts, query),
    }),
    route({
      method: 'GET',
      path: '/api/mapping/rules',
      access: CURATORS,
      summary: 'What was accepted here, as text for other sites: words alone, no data of people',
      reply: 'bytes',
      handle: async () => ({ contentType: YAML, bytes: utf8(await desk.rules()) }),
    }),
    route({
      method: 'POST',
      path: '/api/mapping/rules',
      access: CURATORS,
      summary: 'Take over what another site accepted',
      body: z.strictObject({ yaml: z.string().max(5_000_000) }),
      bodyLimitBytes: 8_388_608,
      reply: z.strictObject({ headings: z.number().int(), values: z.number().int() }),
      handle: async ({ body, caller }) => await desk.takeRules(body.yaml, caller.actor),
    }),
    route({
      method: 'GET',
      path: '/api/mapping/loads',
      access: STAFF,
      summary: 'Clinical tables in the warehouse, and what it holds',
      reply: warehouseViewSchema,
      async handle() {
        const loads = await warehouse.loads();
        const build = loads.length === 0 ? null : await warehouse.current();
        return {
          loads: loads.map(({ mapping: _, ...load }) => ({ ...load, problems: { ...load.problems } })),
          build:
            build === null
              ? null
              : {
                  contentSha256: build.contentSha256,
                  persons: build.persons,
                  rows: build.rows,
                  problems: { ...build.problems },
                },
        };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/mapping/loads/:name',
      access: ['curator'],
      summary: 'Take a clinical table out of the warehouse; published versions stay as they are',
      params: z.strictObject({ name: z.string().min(1).max(200) }),
      reply: z.strictObject({ removed: z.boolean() }),
      async handle({ params }) {
        return { removed: await warehouse.removeLoad(params.name) };
      },
    }),
  ];
}
