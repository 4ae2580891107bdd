import { z } from 'zod';
import type { Visitor } from '#access';
import { UnicaError } from '#base';
import { route } from '#http';
import {
  auditViewSchema,
  datasetListSchema,
  idSchema,
  type JobSubmission,
  jobSubmissionSchema,
  jobViewSchema,
  networkViewSchema,
  operationOf,
  searchRequestSchema,
  searchViewSchema,
} from '#wire';
import { visitorOf } from './caller-visitor.ts';
import { checkEngine } from './check-engine.ts';
import { followSearch } from './follow-search.ts';
import type { HubHouse } from './house.ts';
import { networkView } from './network-view.ts';
import { startSearch } from './start-search.ts';
import { withAggregation } from './with-aggregation.ts';

/** The largest question that fits its limits is a fraction of it; a larger one is told what is too much. */
const QUERY_LIMIT_BYTES = 2_097_152;

const jobParams = z.strictObject({ jobId: idSchema });

/** What people do at the hub. */
export function portalRoutes(hub: HubHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/network',
      access: 'public',
      summary: 'The sites of the network and its published totals',
      reply: networkViewSchema,
      handle: async () => await networkView(hub),
    }),
    route({
      method: 'GET',
      path: '/api/datasets',
      access: 'public',
      summary: 'The public catalogue: the current version of every dataset',
      reply: datasetListSchema,
      handle: async () => ({ datasets: [...(await hub.datasets.current())] }),
    }),
    route({
      method: 'POST',
      path: '/api/searches',
      access: ['researcher', 'coordinator'],
      summary: 'Count people across the network; small counts are withheld at the nodes',
      body: searchRequestSchema,
      reply: searchViewSchema,
      bodyLimitBytes: QUERY_LIMIT_BYTES,
      handle: async ({ body, caller }) => await startSearch(hub, body, visitorOf(caller)),
    }),
    route({
      method: 'GET',
      path: '/api/searches/:searchId',
      access: ['researcher', 'coordinator'],
      summary: 'The answers that have come in so far; waits up to waitMs for the next',
      params: z.strictObject({ searchId: idSchema }),
      query: z.object({ waitMs: z.coerce.number().int().min(0).max(25_000).default(0) }),
      reply: searchViewSchema,
      async handle({ params, query, signal }) {
        const woken = hub.wakeUp.wait(`search:${params.searchId}`, query.waitMs, signal);
        const view = await hub.searches.view(params.searchId);
        if (view.pending.length === 0 || query.waitMs === 0) return view;
        await woken;
        return await hub.searches.view(params.searchId);
      },
    }),
    route({
      method: 'GET',
      path: '/api/searches/:searchId/events',
      access: ['researcher', 'coordinator'],
      summary: 'The answers as they come in (server-sent events), until no node is waited for any more',
      params: z.strictObject({ searchId: idSchema }),
      reply: 'events',
      async handle({ params, signal }) {
        // Before the stream begins, so that an unknown number is told as a problem.
        await hub.searches.view(params.searchId);
        return followSearch(hub, params.searchId, signal);
      },
    }),
    route({
      method: 'GET',
      path: '/api/jobs',
      access: 'signed-in',
      summary: 'Learning jobs, newest first',
      reply: z.strictObject({ jobs: z.array(jobViewSchema) }),
      handle: async () => ({ jobs: [...(await hub.learning.list())] }),
    }),
    route({
      method: 'POST',
      path: '/api/jobs',
      access: ['researcher'],
      summary: 'Submit a learning job under a granted request',
      body: jobSubmissionSchema,
      reply: jobViewSchema,
      async handle({ body, caller }) {
        const permits = await permitsOf(hub, body, visitorOf(caller));
        await checkEngine(body.spec, hub.config.flower);
        const spec = await withAggregation(hub, body.spec);
        const view = await hub.learning.submit({ spec, permits, submittedBy: caller.actor });
        await hub.journal.append({
          actor: caller.actor,
          action: 'job.submitted',
          subject: view.jobId,
          because: body.requestId,
          facts: { specSha256: view.specSha256 },
        });
        return view;
      },
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:jobId',
      access: 'signed-in',
      summary: "A job's state",
      params: jobParams,
      reply: jobViewSchema,
      handle: async ({ params }) => await hub.learning.view(params.jobId),
    }),
    route({
      method: 'GET',
      path: '/api/jobs/:jobId/events',
      access: 'signed-in',
      summary: "A job's events as they happen (server-sent events)",
      params: jobParams,
      reply: 'events',
      handle: ({ params, headers, signal }) =>
        hub.learning.follow(params.jobId, Number(headers['last-event-id'] ?? 0) || 0, signal),
    }),
    route({
      method: 'POST',
      path: '/api/jobs/:jobId/cancel',
      access: ['researcher', 'coordinator'],
      summary: 'Stop a job',
      params: jobParams,
      body: z.strictObject({ because: z.string().min(1).max(500) }),
      reply: jobViewSchema,
      async handle({ params, body, caller }) {
        const view = await hub.learning.cancel(params.jobId, body.because);
        await hub.journal.append({ actor: caller.actor, action: 'job.cancelled', subject: params.jobId, facts: {} });
        return view;
      },
    }),
    route({
      method: 'GET',
      path: '/api/audit',
      access: ['auditor', 'coordinator', 'protection-officer'],
      summary: 'The audit journal, newest first',
      query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
      reply: auditViewSchema,
      handle: async ({ query }) => await hub.journal.view(query.limit),
    }),
    route({
      method: 'GET',
      path: '/api/audit/verification',
      access: ['auditor', 'coordinator', 'protection-officer'],
      summary: 'Check every link of the journal',
      reply: z.strictObject({ entries: z.number().int(), intact: z.boolean(), broken_at: z.number().int().nullable() }),
      handle: async () => await hub.journal.verify(),
    }),
  ];
}

/** One current permit for each site of a job, from the request it is submitted under. @throws UnicaError `hub.no-permit`. */
async function permitsOf(
  hub: HubHouse,
  { spec, requestId }: JobSubmission,
  by: Visitor,
): Promise<Readonly<Record<string, string>>> {
  const { sites, dataset } = spec;
  const current = await hub.access.currentPermits(requestId, operationOf(spec), by);
  return Object.fromEntries(
    sites.map((siteId) => {
      const permit = current.find((candidate) => candidate.siteId === siteId && candidate.dataset === dataset);
      if (permit === undefined) throw new UnicaError('hub.no-permit', { siteId, dataset });
      return [siteId, permit.permitId];
    }),
  );
}
