import { z } from 'zod';
import { UnicaError } from '#base';
import { route, type StreamReply, withEntityTag } from '#http';
import {
  analyticsCsv,
  CATALOGUE_NAME,
  cataloguePage,
  catalogueTurtle,
  type DataPoint,
  dataPointTurtle,
  datasetPage,
  negotiate,
  RECORD_TYPES,
  type RecordType,
  recordAddresses,
  sampleCsv,
  signpostsOf,
  toTurtle,
  utilityLabel,
} from '#record';
import { toJsonLd } from '#shacl';
import { type DatasetRecord, datasetNameSchema, fairScoreSchema, siteIdSchema, utilityLabelSchema } from '#wire';
import type { HubHouse } from './house.ts';
import { addressOf } from './record-address.ts';
import { fairScoreOf } from './record-scores.ts';
import { VERSION } from './version.ts';

const datasetParams = z.strictObject({ siteId: siteIdSchema, name: datasetNameSchema });
const formatQuery = z.object({ format: z.enum(['ttl', 'jsonld', 'html']).optional() });

/** The FAIR Data Point: what the network has published, for people and machines, to be harvested by others. */
export function fdpRoutes(hub: HubHouse) {
  return [
    route({
      method: 'GET',
      path: '/fdp',
      access: 'public',
      summary: 'The FAIR Data Point: text/turtle, application/ld+json or text/html',
      query: formatQuery,
      reply: 'stream',
      async handle({ headers, query }) {
        const point = pointOf(hub, headers['host']);
        const reply = await answer(wanted(headers['accept'], query.format), {
          turtle: () => dataPointTurtle(point),
          page: async () => cataloguePage(point, await hub.datasets.current()),
        });
        return withEntityTag(reply, headers['if-none-match']);
      },
    }),
    route({
      method: 'GET',
      path: '/fdp/catalog/:catalogue',
      access: 'public',
      summary: 'The catalogue with the addresses of its datasets',
      params: z.strictObject({ catalogue: z.string().max(64) }),
      query: formatQuery,
      reply: 'stream',
      async handle({ params, headers, query }) {
        if (params.catalogue !== CATALOGUE_NAME)
          throw new UnicaError('http.not-found', { what: 'catalogue of that name' });
        const point = pointOf(hub, headers['host']);
        const records = await hub.datasets.current();
        const reply = await answer(wanted(headers['accept'], query.format), {
          turtle: () => catalogueTurtle(point, records),
          page: () => cataloguePage(point, records),
        });
        return withEntityTag(reply, headers['if-none-match']);
      },
    }),
    route({
      method: 'GET',
      path: '/fdp/dataset/:siteId/:name',
      access: 'public',
      summary: 'The record of a dataset: HealthDCAT-AP Release 8',
      params: datasetParams,
      query: formatQuery,
      reply: 'stream',
      async handle({ params, headers, query }) {
        const { record, at } = await found(hub, params, headers['host']);
        const reply = await answer(wanted(headers['accept'], query.format), {
          turtle: () => toTurtle(record, at),
          page: () => datasetPage(record, at),
        });
        return withEntityTag(
          { ...reply, headers: { ...reply.headers, link: signpostsOf(at) } },
          headers['if-none-match'],
        );
      },
    }),
    route({
      method: 'GET',
      path: '/fdp/fair/:siteId/:name',
      access: 'public',
      summary: 'How findable, accessible, interoperable and reusable a record is, after F-UJI, with what would help',
      params: datasetParams,
      reply: fairScoreSchema,
      async handle({ params, headers }) {
        const { record, at } = await found(hub, params, headers['host']);
        return structuredClone(await fairScoreOf(record, at)) as z.infer<typeof fairScoreSchema>;
      },
    }),
    route({
      method: 'GET',
      path: '/fdp/label/:siteId/:name',
      access: 'public',
      summary: 'The data quality and utility label of a dataset after Article 78 EHDS, as far as its record shows it',
      params: datasetParams,
      reply: utilityLabelSchema,
      async handle({ params, headers }) {
        const { record } = await found(hub, params, headers['host']);
        return utilityLabel(record);
      },
    }),
    route({
      method: 'GET',
      path: '/fdp/page/:siteId/:name',
      access: 'public',
      summary: 'The landing page of a dataset',
      params: datasetParams,
      reply: 'stream',
      async handle({ params, headers }) {
        const { record, at } = await found(hub, params, headers['host']);
        const reply = await answer('html', { turtle: () => '', page: () => datasetPage(record, at) });
        return withEntityTag(
          { ...reply, headers: { ...reply.headers, link: signpostsOf(at) } },
          headers['if-none-match'],
        );
      },
    }),
    route({
      method: 'GET',
      path: '/fdp/distribution/:siteId/:name/:part',
      access: 'public',
      summary: 'A distribution: the released counts or the variables as CSV; the images answer with their record',
      params: datasetParams.extend({ part: z.enum(['images', 'analytics', 'sample']) }),
      query: formatQuery,
      reply: 'stream',
      async handle({ params, headers, query }) {
        const { record, at } = await found(hub, params, headers['host']);
        const type = query.format ?? (params.part === 'images' ? undefined : csvOrRecord(headers['accept']));
        if (type === 'csv') {
          const text = params.part === 'analytics' ? analyticsCsv(record) : sampleCsv(record);
          return withEntityTag(reply('text/csv; charset=utf-8; header=present', text), headers['if-none-match']);
        }
        // Images have no address of their own: what is said of them stands in the record of the dataset.
        const told = await answer(type ?? wanted(headers['accept'], undefined), {
          turtle: () => toTurtle(record, at),
          page: () => datasetPage(record, at),
        });
        return withEntityTag(told, headers['if-none-match']);
      },
    }),
  ];
}

function pointOf(hub: HubHouse, host: string | readonly string[] | undefined): DataPoint {
  return { hubUrl: addressOf(hub, host), name: hub.config.name, softwareVersion: VERSION };
}

async function found(
  hub: HubHouse,
  { siteId, name }: { readonly siteId: string; readonly name: string },
  host: string | readonly string[] | undefined,
) {
  const record: DatasetRecord | undefined = await hub.datasets.newest(siteId, name);
  if (record === undefined) throw new UnicaError('http.not-found', { what: 'dataset of that name' });
  return { record, at: recordAddresses(addressOf(hub, host), siteId, name) };
}

const OFFERED = (['ttl', 'jsonld', 'html'] as const).map((name) => ({ name, mediaType: RECORD_TYPES[name] }));

function wanted(accept: string | readonly string[] | undefined, format: RecordType | undefined): RecordType {
  const type = format ?? negotiate(typeof accept === 'string' ? accept : undefined, OFFERED);
  if (type === undefined) {
    throw new UnicaError('http.not-acceptable', { offered: OFFERED.map(({ mediaType }) => mediaType).join(', ') });
  }
  return type;
}

function csvOrRecord(accept: string | readonly string[] | undefined): 'csv' | RecordType {
  const offered = [{ name: 'csv' as const, mediaType: 'text/csv' }, ...OFFERED];
  // A browser asks for HTML first and gets the table that it was linked to.
  const type = negotiate(typeof accept === 'string' ? accept : undefined, offered);
  return type === undefined || type === 'html' ? 'csv' : type;
}

/** An answer that is not streamed. */
type Whole = StreamReply & { readonly body: Uint8Array };

async function answer(
  type: RecordType,
  { turtle, page }: { readonly turtle: () => string; readonly page: () => string | Promise<string> },
): Promise<Whole> {
  switch (type) {
    case 'ttl':
      return reply('text/turtle; charset=utf-8', turtle());
    case 'jsonld':
      return reply('application/ld+json', JSON.stringify(await toJsonLd(turtle()), undefined, 2));
    case 'html':
      return reply('text/html; charset=utf-8', await page());
  }
}

function reply(contentType: string, text: string): Whole {
  return {
    status: 200,
    headers: { 'content-type': contentType, vary: 'accept', 'cache-control': 'no-cache' },
    body: new TextEncoder().encode(text),
  };
}
