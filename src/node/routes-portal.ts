import { basename } from 'node:path';
import { z } from 'zod';
import { writeExport } from '#audit';
import { UnicaError, utf8 } from '#base';
import { route } from '#http';
import {
  acceptedSchema,
  auditViewSchema,
  dataQualitySchema,
  datasetGuideSchema,
  datasetNameSchema,
  datasetVersionsSchema,
  idSchema,
  importRequestSchema,
  importViewSchema,
  nodeDatasetsSchema,
  nodeStatusSchema,
  optOutListSchema,
  optOutRequestSchema,
  pacsCheckSchema,
  pacsQuestionSchema,
  publishDatasetSchema,
  quarantineDecisionSchema,
  quarantinedFileSchema,
  quarantineOutcomeSchema,
  quarantineSchema,
  recordStandingSchema,
  stopRequestSchema,
} from '#wire';
import { datasetGuide } from './dataset-guide.ts';
import type { NodeHouse } from './house.ts';
import { checkPacs } from './pacs-check.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().positive().optional(),
});

/** Everyone who works at the node. */
const STAFF = ['operator', 'curator', 'protection-officer', 'auditor'] as const;

/** Who answers for the data sees what may identify people, and decides. */
const DECIDERS = ['curator', 'protection-officer'] as const;

const quarantineId = z.strictObject({ quarantineId: idSchema });

/** What people do at their own node. */
export function portalRoutes(node: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/status',
      access: STAFF,
      summary: 'The node at a glance',
      reply: nodeStatusSchema,
      handle: async () => await node.status(),
    }),
    route({
      method: 'POST',
      path: '/api/stop',
      access: ['operator', 'protection-officer'],
      summary: 'The kill switch: stop all work and everything that leaves, or go on; works with the hub out of reach',
      body: stopRequestSchema,
      reply: nodeStatusSchema,
      async handle({ body, caller }) {
        await node.setStopped(body.stopped, caller.actor);
        return await node.status();
      },
    }),
    route({
      method: 'GET',
      path: '/api/imports',
      access: STAFF,
      summary: 'Imports, newest first',
      query: page,
      reply: z.strictObject({ items: z.array(importViewSchema) }),
      handle: async ({ query }) => ({ items: [...(await node.imports.list(query.limit))] }),
    }),
    route({
      method: 'POST',
      path: '/api/imports',
      access: ['operator', 'curator'],
      summary: 'Bring images in from a folder or file the node can read',
      body: importRequestSchema,
      reply: importViewSchema,
      handle: async ({ body, caller }) =>
        await node.importer.begin({
          paths: [body.path],
          clinicalPath: body.clinicalPath,
          source: basename(body.path),
          actor: caller.actor,
        }),
    }),
    route({
      method: 'GET',
      path: '/api/imports/:importId',
      access: STAFF,
      summary: 'How an import is doing',
      params: z.strictObject({ importId: idSchema }),
      reply: importViewSchema,
      async handle({ params }) {
        const view = await node.imports.view(params.importId);
        if (view === undefined) throw new UnicaError('http.not-found', { what: 'import of that number' });
        return view;
      },
    }),
    route({
      method: 'GET',
      path: '/api/quarantine',
      access: ['operator', 'curator', 'protection-officer'],
      summary: 'Files that could not be de-identified, with the reason',
      query: page,
      reply: quarantineSchema,
      async handle({ query }) {
        const rows = await node.quarantine.list(query.limit);
        const items = rows.map((row) => ({
          quarantineId: row.quarantine_id,
          atMs: row.at_ms,
          code: row.code,
          sentence: row.sentence,
          mend: row.mend,
          sizeBytes: row.size_bytes,
        }));
        return { items, total: await node.quarantine.total() };
      },
    }),
    route({
      method: 'GET',
      path: '/api/quarantine/:quarantineId',
      access: DECIDERS,
      summary: 'A file in quarantine with what is to be looked at',
      params: quarantineId,
      reply: quarantinedFileSchema,
      async handle({ params }) {
        const { suspects, ...file } = await node.quarantineDesk.show(params.quarantineId);
        return { ...file, suspects: [...suspects] };
      },
    }),
    route({
      method: 'GET',
      path: '/api/quarantine/:quarantineId/picture',
      access: DECIDERS,
      summary: 'A frame of a file in quarantine as PNG, for those who decide about it',
      params: quarantineId,
      query: z.strictObject({ frame: z.coerce.number().int().min(0).max(1_000_000).default(0) }),
      reply: 'bytes',
      async handle({ params, query }) {
        const bytes = await node.quarantineDesk.picture(params.quarantineId, query.frame);
        return { contentType: 'image/png', bytes };
      },
    }),
    route({
      method: 'POST',
      path: '/api/quarantine/:quarantineId/decision',
      access: DECIDERS,
      summary: 'Take a file in with its boxes blacked out, or discard it',
      params: quarantineId,
      body: quarantineDecisionSchema,
      reply: quarantineOutcomeSchema,
      handle: async ({ params, body, caller }) =>
        await node.quarantineDesk.decide(params.quarantineId, body, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/pacs-check',
      access: ['operator'],
      summary: 'Try a DICOM system: whether it answers us, and how many studies it has of some days',
      body: pacsQuestionSchema,
      reply: pacsCheckSchema,
      handle: async ({ body: { from, to, ...address } }) =>
        await checkPacs(node.config, { ...address, studyDate: `${from}-${to}` }),
    }),
    route({
      method: 'GET',
      path: '/api/quality',
      access: STAFF,
      summary: 'How good the data are, in five dimensions, with what was found and how to mend it',
      reply: dataQualitySchema,
      async handle() {
        // The spacing of pixels belongs to the record of the dataset.
        const { smallestSpacingMm: _, ...quality } = await node.quality.current();
        return structuredClone(quality) as z.infer<typeof dataQualitySchema>;
      },
    }),
    route({
      method: 'GET',
      path: '/api/opt-outs',
      access: ['protection-officer'],
      summary: 'People who opted out of secondary use, by pseudonym',
      reply: optOutListSchema,
      async handle() {
        const people = await node.optOuts.list();
        const items = await Promise.all(
          people.map(async ({ person, atMs }) => ({
            person,
            optedOutAtMs: atMs,
            studiesLeftOut: await node.archive.studiesOf(person),
          })),
        );
        return { items };
      },
    }),
    route({
      method: 'POST',
      path: '/api/opt-outs',
      access: ['protection-officer'],
      summary:
        "Record a person's opt-out, or its withdrawal; the hospital's identifier becomes the pseudonym here and is not kept",
      body: optOutRequestSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await node.recordOptOut(body.patientId, body.decision, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/datasets',
      access: STAFF,
      summary: 'Datasets of this node',
      reply: nodeDatasetsSchema,
      handle: async () => ({ items: [...(await node.publisher.list())] }),
    }),
    route({
      method: 'GET',
      path: '/api/datasets/:name/guide',
      access: STAFF,
      summary: 'How far a dataset is on its way from films and tables into the catalogue, and what is next',
      params: z.strictObject({ name: datasetNameSchema }),
      reply: datasetGuideSchema,
      handle: async ({ params }) => await datasetGuide(node, params.name),
    }),
    route({
      method: 'GET',
      path: '/api/datasets/:name/record',
      access: STAFF,
      summary: 'The record of the last published version: where it stands and what it lacks',
      params: z.strictObject({ name: datasetNameSchema }),
      reply: recordStandingSchema,
      handle: async ({ params }) => await node.publisher.published(params.name),
    }),
    route({
      method: 'GET',
      path: '/api/datasets/:name/versions',
      access: STAFF,
      summary: 'The published versions of a dataset, newest first; they never change',
      params: z.strictObject({ name: datasetNameSchema }),
      reply: datasetVersionsSchema,
      async handle({ params }) {
        const records = await node.publisher.versions(params.name);
        return {
          items: records.map(({ version, title, publishedAtMs, contentSha256, persons, studies }) => ({
            ...{ version, title, publishedAtMs, contentSha256, persons, studies },
          })),
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/datasets/:name/preview',
      access: ['curator'],
      summary: 'What would be public if the dataset were published now; nothing is sent',
      params: z.strictObject({ name: datasetNameSchema }),
      body: publishDatasetSchema,
      reply: recordStandingSchema,
      handle: async ({ params, body }) => await node.publisher.preview(params.name, body),
    }),
    route({
      method: 'POST',
      path: '/api/datasets/:name/publish',
      access: ['curator'],
      summary: "Publish the dataset's aggregates to the hub's catalogue",
      params: z.strictObject({ name: datasetNameSchema }),
      body: publishDatasetSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.publisher.publish(params.name, body, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/audit',
      access: ['auditor', 'protection-officer', 'operator'],
      summary: 'The audit journal, newest first',
      query: z.object({
        limit: z.coerce.number().int().min(1).max(500).default(100),
        action: z.string().max(80).optional(),
        actor: z.string().max(120).optional(),
        subject: z.string().max(200).optional(),
        before: z.coerce.number().int().positive().optional(),
      }),
      reply: auditViewSchema,
      handle: async ({ query: { limit, ...filter } }) => await node.journal.view(limit, filter),
    }),
    route({
      method: 'GET',
      path: '/api/audit/export',
      access: ['auditor', 'protection-officer'],
      summary: 'The whole journal as JSON lines with its signatures, for an auditor',
      reply: 'stream',
      async handle() {
        await node.journal.checkpoint();
        const { publicKey } = node.keys;
        const whose = { house: node.card.siteId, publicKey, formerKeys: node.keys.former() };
        const name = `journal-${node.card.siteId}.jsonl`;
        return {
          status: 200,
          headers: {
            'content-type': 'application/x-ndjson; charset=utf-8',
            'content-disposition': `attachment; filename="${name}"`,
          },
          body: bytesOf(writeExport(node.journal, whose)),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/audit/verification',
      access: ['auditor', 'protection-officer', 'operator'],
      summary: 'Check every link of the journal',
      reply: z.strictObject({ entries: z.number().int(), intact: z.boolean(), broken_at: z.number().int().nullable() }),
      handle: async () => await node.journal.verify(),
    }),
  ];
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield utf8(line);
}
