import { z } from 'zod';
import { UnicaError } from '#base';
import { route } from '#http';
import { contentDigest } from '#store';
import {
  acceptedSchema,
  arrivedReplySchema,
  blobReplySchema,
  checkpointSchema,
  digestSchema,
  downloadPieceQuerySchema,
  enrolReplySchema,
  enrolRequestSchema,
  HUB_PATHS,
  idSchema,
  pollReplySchema,
  pollRequestSchema,
  publishRequestSchema,
  receiptSchema,
  renewReplySchema,
  type TaskBody,
  taskBodySchema,
  uploadPieceQuerySchema,
  WIRE_LIMITS,
  WIRE_VERSION,
} from '#wire';
import type { HubHouse } from './house.ts';
import { takeReceipt } from './take-receipt.ts';
import { LEASE_MS, queueOf } from './work-queue.ts';

/** A waiting poll looks for work at least this often. */
const LOOK_MS = 2000;

/** What nodes dial: enrolment, work, content, datasets, journal heads. Every request is signed; see `identity`. */
export function nodeFacingRoutes(hub: HubHouse) {
  return [
    route({
      method: 'POST',
      path: HUB_PATHS.enrol,
      access: 'public',
      summary: 'Enrol a node with its one-time code',
      body: enrolRequestSchema,
      reply: enrolReplySchema,
      async handle({ body, rawBody, headers }) {
        checkVersion(body.wireVersion);
        await hub.membership.enrol({
          code: body.code,
          siteId: body.siteId,
          publicKey: body.publicKey,
          software: body.software,
          signed: { headers, method: 'POST', path: HUB_PATHS.enrol, body: rawBody },
        });
        await hub.journal.append({
          actor: `site:${body.siteId}`,
          action: 'site.enrolled',
          subject: body.siteId,
          facts: {},
        });
        return {
          siteId: body.siteId,
          hubName: hub.config.name,
          hubPublicKey: hub.keys.publicKey,
          wireVersion: WIRE_VERSION,
        };
      },
    }),
    route({
      method: 'POST',
      path: HUB_PATHS.poll,
      access: 'site',
      summary: 'Ask for work; waits until there is some or the time is over',
      body: pollRequestSchema,
      reply: pollReplySchema,
      async handle({ body, caller, signal }) {
        checkVersion(body.wireVersion);
        const siteId = siteOf(caller);
        await hub.membership.touch(siteId, { software: body.software });
        if (body.readiness !== undefined) hub.readiness.set(siteId, body.readiness);
        const untilMs = hub.clock() + body.waitMs;
        for (;;) {
          // Another hub's notice may get lost with its connection, so now and then it is looked without one.
          const woken = hub.wakeUp.wait(queueOf(siteId), Math.min(LOOK_MS, Math.max(0, untilMs - hub.clock())), signal);
          if (signal.aborted) return { serverTimeMs: hub.clock(), tasks: [] };
          const leased = await leaseFor(hub, siteId, body);
          if (leased.length > 0 || hub.clock() >= untilMs) {
            return { serverTimeMs: hub.clock(), tasks: leased };
          }
          await woken;
        }
      },
    }),
    route({
      method: 'POST',
      path: `${HUB_PATHS.tasks}/:taskId/receipt`,
      access: 'site',
      summary: 'Answer a task',
      params: z.strictObject({ taskId: idSchema }),
      body: receiptSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await takeReceipt(hub, siteOf(caller), params.taskId, body);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: `${HUB_PATHS.tasks}/:taskId/renew`,
      access: 'site',
      summary: 'Keep a task a while longer',
      params: z.strictObject({ taskId: idSchema }),
      body: z.strictObject({}),
      reply: renewReplySchema,
      async handle({ params, caller }) {
        const leaseUntilMs = await hub.tasks.renew(params.taskId, siteOf(caller), LEASE_MS);
        if (leaseUntilMs === undefined) throw new UnicaError('hub.task-gone', { taskId: params.taskId });
        return { leaseUntilMs };
      },
    }),
    route({
      method: 'PUT',
      path: `${HUB_PATHS.blobs}/:sha256`,
      access: 'site',
      summary: 'Upload content under its digest',
      params: z.strictObject({ sha256: digestSchema }),
      reply: blobReplySchema,
      bodyLimitBytes: WIRE_LIMITS.blobBytes,
      async handle({ params, rawBody }) {
        if (contentDigest(rawBody) !== params.sha256) throw new UnicaError('hub.blob-corrupt');
        return await hub.blobs.put(rawBody);
      },
    }),
    route({
      method: 'GET',
      path: `${HUB_PATHS.blobs}/:sha256`,
      access: 'site',
      summary: 'Fetch the weights of a round this site takes part in',
      params: z.strictObject({ sha256: digestSchema }),
      reply: 'bytes',
      async handle({ params, caller }) {
        if (!(await hub.grants.granted(siteOf(caller), params.sha256))) throw new UnicaError('hub.blob-refused');
        return { contentType: 'application/octet-stream', bytes: await hub.blobs.get(params.sha256) };
      },
    }),
    route({
      method: 'GET',
      path: `${HUB_PATHS.blobs}/:sha256/arrived`,
      access: 'site',
      summary: 'How much of an upload is here',
      params: z.strictObject({ sha256: digestSchema }),
      reply: arrivedReplySchema,
      handle: async ({ params, caller }) => await hub.blobs.arrived({ owner: siteOf(caller), sha256: params.sha256 }),
    }),
    route({
      method: 'PUT',
      path: `${HUB_PATHS.blobs}/:sha256/pieces`,
      access: 'site',
      summary: 'Upload a piece of content under the digest of the whole',
      params: z.strictObject({ sha256: digestSchema }),
      query: uploadPieceQuerySchema,
      reply: arrivedReplySchema,
      bodyLimitBytes: WIRE_LIMITS.pieceBytes,
      async handle({ params, query, rawBody, caller }) {
        const draft = { owner: siteOf(caller), sha256: params.sha256, sizeBytes: query.size };
        return await hub.blobs.addPiece(draft, query.start, rawBody);
      },
    }),
    route({
      method: 'GET',
      path: `${HUB_PATHS.blobs}/:sha256/pieces`,
      access: 'site',
      summary: 'Fetch a piece of the weights of a round this site takes part in',
      params: z.strictObject({ sha256: digestSchema }),
      query: downloadPieceQuerySchema,
      reply: 'bytes',
      async handle({ params, query, caller }) {
        if (!(await hub.grants.granted(siteOf(caller), params.sha256))) throw new UnicaError('hub.blob-refused');
        const blob = await hub.blobs.open(params.sha256);
        try {
          return { contentType: 'application/octet-stream', bytes: await blob.read(query.start, query.length) };
        } finally {
          await blob.close();
        }
      },
    }),
    route({
      method: 'POST',
      path: HUB_PATHS.datasets,
      access: 'site',
      summary: 'Publish a dataset version: aggregates only',
      body: publishRequestSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        const siteId = siteOf(caller);
        if (body.record.siteId !== siteId) throw new UnicaError('http.not-allowed');
        await hub.datasets.put(body.record);
        const { name, version, contentSha256 } = body.record;
        await hub.journal.append({
          actor: `site:${siteId}`,
          action: 'dataset.published',
          subject: `${siteId}/${name}`,
          facts: { version, contentSha256 },
        });
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: HUB_PATHS.checkpoints,
      access: 'site',
      summary: "Leave the head of the node's audit journal, so that it cannot be rewritten alone",
      body: checkpointSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        await hub.checkpoints.put(siteOf(caller), body);
        return { accepted: true as const };
      },
    }),
  ];
}

async function leaseFor(
  hub: HubHouse,
  siteId: string,
  {
    accepts,
    holding,
  }: { readonly accepts: readonly TaskBody['kind'][]; readonly holding?: readonly string[] | undefined },
) {
  const leased = await hub.tasks.lease({
    queue: queueOf(siteId),
    holder: siteId,
    max: 8,
    leaseMs: LEASE_MS,
    kinds: accepts,
    holding,
  });
  return leased.map((task) => ({
    taskId: task.id,
    leaseUntilMs: task.leaseUntilMs,
    attempt: task.attempts,
    body: taskBodySchema.parse(task.payload),
  }));
}

function checkVersion(theirs: number): void {
  if (theirs !== WIRE_VERSION) throw new UnicaError('hub.wire-version', { theirs, ours: WIRE_VERSION });
}

function siteOf(caller: { readonly kind: string; readonly siteId?: string }): string {
  if (caller.siteId === undefined) throw new UnicaError('http.sign-in-needed');
  return caller.siteId;
}
