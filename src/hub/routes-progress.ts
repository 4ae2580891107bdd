import { z } from 'zod';
import { utf8 } from '#base';
import { route } from '#http';
import { networkProgress, reportCsv, reportPdf, reportTable, reportWorkbook } from '#progress';
import {
  acceptedSchema,
  type NetworkState,
  networkProgressSchema,
  networkStateSchema,
  PROGRESS_TABLES,
  targetChangeSchema,
  targetHistorySchema,
} from '#wire';
import type { HubHouse } from './house.ts';
import { knownNetwork } from './known-network.ts';

const READERS = ['coordinator', 'auditor'] as const;
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** How far the network has come: for its coordinator, for funders as files, and for everybody as sums. @param state what everybody may know */
export function progressRoutes(hub: HubHouse, state: () => Promise<NetworkState>) {
  const progress = async () => networkProgress(await knownNetwork(hub));
  return [
    route({
      method: 'GET',
      path: '/api/progress',
      access: READERS,
      summary: 'How far the network has come: sums, trends, sites, steps of joining, targets, indicators',
      reply: networkProgressSchema,
      handle: progress,
    }),
    route({
      method: 'GET',
      path: '/api/progress/tables/:table',
      access: READERS,
      summary: 'One table of the report as CSV',
      params: z.strictObject({ table: z.enum(PROGRESS_TABLES) }),
      reply: 'bytes',
      async handle({ params }) {
        const text = reportCsv(reportTable(params.table, await progress()));
        return { contentType: 'text/csv; charset=utf-8; header=present', bytes: utf8(text) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/progress/report.xlsx',
      access: READERS,
      summary: 'The report as a workbook',
      reply: 'bytes',
      handle: async () => ({ contentType: XLSX, bytes: reportWorkbook(await progress()) }),
    }),
    route({
      method: 'GET',
      path: '/api/progress/report.pdf',
      access: READERS,
      summary: 'The report with figures, tables, and indicators with their sources',
      reply: 'bytes',
      handle: async () => ({ contentType: 'application/pdf', bytes: reportPdf(await progress()) }),
    }),
    route({
      method: 'GET',
      path: '/api/progress/targets',
      access: READERS,
      summary: 'Everything that was ever set as a target, newest first',
      reply: targetHistorySchema,
      handle: async () => ({ changes: await hub.targets.changes() }),
    }),
    route({
      method: 'POST',
      path: '/api/progress/targets',
      access: ['coordinator'],
      summary: 'Set a target, or take it back; the journal keeps it',
      body: targetChangeSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await hub.targets.set(body, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/state',
      access: 'public',
      summary: 'The state of the network for everybody: sums of published counts, nothing finer than the catalogue',
      reply: networkStateSchema,
      handle: state,
    }),
  ];
}
