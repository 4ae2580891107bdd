import { z } from 'zod';
import { canonicalJson, UnicaError } from '#base';
import { type Caller, route } from '#http';
import type { RequestHeaders } from '#identity';
import { contentDigest } from '#store';
import {
  acceptedSchema,
  arrivedReplySchema,
  blobReplySchema,
  type CarryingReceipt,
  checkpointSchema,
  contentOfReceipt,
  digestSchema,
  downloadPieceQuerySchema,
  enrolReplySchema,
  enrolRequestSchema,
  HUB_PATHS,
  heldHeadSchema,
  idSchema,
  invitationReplySchema,
  invitationRequestSchema,
  pollReplySchema,
  pollRequestSchema,
  publishRequestSchema,
  type Receipt,
  receiptMessageSchema,
  receiptReplySchema,
  renewReplySchema,
  rotateKeyRequestSchema,
  uploadPieceQuerySchema,
  WIRE_LIMITS,
  WIRE_VERSION,
  type Witness,
} from '#wire';
import { workFor } from './give-out-work.ts';
import type { HubHouse } from './house.ts';
import { takeReceipt } from './take-receipt.ts';
import { agreedVersion, checkWire } from './wire-check.ts';
import { LEASE_MS, queueOf } from './work-queue.ts';

/** From this version of the messages on. */
const CONTENT_WITH_RECEIPTS = 3;

/** What nodes dial: enrolment, work, content, datasets, journal heads. Every request is signed; see `identity`. */
export function nodeFacingRoutes(hub: HubHouse) {
  return [
    route({
      method: 'POST',
      path: HUB_PATHS.invitation,
      access: 'public',
      summary: 'Whom a one-time code was made for',
      body: invitationRequestSchema,
      reply: invitationReplySchema,
      handle: async ({ body }) => await hub.membership.invitationOf(body.code),
    }),
    route({
      method: 'POST',
      path: HUB_PATHS.enrol,
      access: 'public',
      summary: 'Enrol a node with its one-time code',
      body: enrolRequestSchema,
      reply: enrolReplySchema,
      async handle({ body, rawBody, headers }) {
        checkWire({ oldest: body.wireVersion, newest: body.wireVersion });
        const state = await hub.membership.enrol({
          code: body.code,
          siteId: body.siteId,
          publicKey: body.publicKey,
          software: body.software,
          signed: { headers, method: 'POST', path: HUB_PATHS.enrol, body: rawBody },
          approval: hub.config.siteApproval,
        });
        // A poll that was signed with a key of before ends here.
        hub.wakeUp.notify(queueOf(body.siteId));
        await hub.journal.append({
          actor: `site:${body.siteId}`,
          action: 'site.enrolled',
          subject: body.siteId,
          facts: { state },
        });
        return {
          siteId: body.siteId,
          hubName: hub.config.name,
          hubPublicKey: hub.keys.publicKey,
          wireVersion: WIRE_VERSION,
          state: state === 'active' ? ('active' as const) : ('pending' as const),
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
      async handle({ body, caller, headers, signal }) {
        checkWire({ oldest: body.wireVersion, newest: body.wireVersion });
        const version = agreedVersion(headers);
        const { siteId, publicKey, signedAtMs } = siteCaller(caller);
        if (body.run !== undefined) await noteRun(hub, siteId, { run: body.run, signedAtMs });
        await hub.membership.touch(siteId, {
          software: body.software,
          clockMs: body.clockMs,
          readiness: body.readiness === undefined ? undefined : canonicalJson(body.readiness),
        });
        const journal = body.witness === undefined ? {} : { journal: await journalSeen(hub, body.witness) };
        const { waitMs, accepts, holding } = body;
        const tasks = await workFor(hub, {
          siteId,
          publicKey,
          version,
          waitMs,
          accepts,
          holding,
          signal,
          isPoll: true,
        });
        const told = version < CONTENT_WITH_RECEIPTS ? {} : { wireVersion: version };
        return { serverTimeMs: hub.clock(), tasks: [...tasks], ...told, ...journal };
      },
    }),
    route({
      method: 'POST',
      path: `${HUB_PATHS.tasks}/:taskId/receipt`,
      access: 'site',
      summary: 'Answer a task',
      params: z.strictObject({ taskId: idSchema }),
      body: receiptMessageSchema,
      reply: receiptReplySchema,
      async handle({ params: { taskId }, body, caller, headers, signal }) {
        const { siteId, publicKey } = siteCaller(caller);
        const { receipt, content, next }: CarryingReceipt = 'kind' in body ? { receipt: body } : body;
        await takeReceipt(hub, siteId, taskId, receipt, { content: content && carriedBytes(receipt, content) });
        if (next === undefined) return { accepted: true as const };
        const version = agreedVersion(headers);
        const tasks = await workFor(hub, { siteId, publicKey, version, ...next, signal, isPoll: false });
        return { accepted: true as const, tasks: [...tasks] };
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
      bodyAs: 'stream',
      async handle({ params: { sha256 }, headers, bodyStream, caller }) {
        const sizeBytes = announcedBytes(headers);
        await hub.blobs.receive({ owner: siteOf(caller), sha256, sizeBytes }, bodyStream);
        return { sha256, sizeBytes };
      },
    }),
    route({
      method: 'GET',
      path: `${HUB_PATHS.blobs}/:sha256`,
      access: 'site',
      summary: 'Fetch the weights of a round this site takes part in',
      params: z.strictObject({ sha256: digestSchema }),
      reply: 'stream',
      async handle({ params: { sha256 }, caller }) {
        if (!(await hub.grants.granted(siteOf(caller), sha256))) throw new UnicaError('hub.blob-refused');
        const { sizeBytes, blocks } = await hub.sharedBlobs.open(sha256);
        return {
          status: 200,
          headers: {
            'content-type': 'application/octet-stream',
            'content-length': String(sizeBytes),
            'cache-control': 'no-store',
          },
          body: blocks,
          sha256,
        };
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
      path: HUB_PATHS.key,
      access: 'site',
      summary: "Put a new key in the place of the site's key; signed with the old one, and by the new one inside",
      body: rotateKeyRequestSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        const { siteId, publicKey } = siteCaller(caller);
        // Asked again with the new key, because the answer to the first time got lost.
        const again = publicKey === body.newKey;
        if (!again && publicKey !== body.oldKey) throw new UnicaError('identity.signature');
        await hub.membership.rotateKey(siteId, body);
        if (again) return { accepted: true as const };
        hub.wakeUp.notify(queueOf(siteId));
        await hub.journal.append({
          actor: `site:${siteId}`,
          action: 'site.key-rotated',
          subject: siteId,
          facts: { oldKey: body.oldKey, newKey: body.newKey },
        });
        return { accepted: true as const };
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
        const siteId = siteOf(caller);
        const held = await hub.checkpoints.setBack(siteId, body);
        await hub.checkpoints.put(siteId, body);
        if (held !== undefined) {
          await hub.journal.append({
            actor: `site:${siteId}`,
            action: 'site.journal-set-back',
            subject: siteId,
            facts: { held: held.sequence, now: body.sequence },
          });
        }
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: HUB_PATHS.checkpoints,
      access: 'site',
      summary: "The hub's time, and the newest head of the site's own journal that it was left with",
      reply: heldHeadSchema,
      handle: async ({ caller }) => ({
        serverTimeMs: hub.clock(),
        head: (await hub.checkpoints.newest(siteOf(caller))) ?? null,
      }),
    }),
  ];
}

/** Content that came with the receipt that names it. @throws UnicaError `http.invalid-input`, `store.draft-corrupt` */
function carriedBytes(receipt: Receipt, { sha256, base64 }: NonNullable<CarryingReceipt['content']>): Uint8Array {
  if (contentOfReceipt(receipt) !== sha256)
    throw new UnicaError('http.invalid-input', { where: 'content', problem: 'the receipt does not name it' });
  const content = Buffer.from(base64, 'base64');
  if (contentDigest(content) !== sha256) throw new UnicaError('store.draft-corrupt');
  return content;
}

/** @throws UnicaError `http.invalid-input`, `http.too-large` */
function announcedBytes(headers: RequestHeaders): number {
  const announced = headers['content-length'];
  const bytes = typeof announced === 'string' && /^\d{1,15}$/.test(announced) ? Number(announced) : undefined;
  if (bytes === undefined)
    throw new UnicaError('http.invalid-input', { where: 'content-length', problem: 'it is missing' });
  if (bytes > WIRE_LIMITS.blobBytes) throw new UnicaError('http.too-large', { limitBytes: WIRE_LIMITS.blobBytes });
  return bytes;
}

/** Notes which start of a node speaks; two that speak in turn are told, and the journal with them. */
async function noteRun(
  hub: HubHouse,
  siteId: string,
  run: { readonly run: string; readonly signedAtMs: number },
): Promise<void> {
  try {
    await hub.membership.noteRun(siteId, run);
  } catch (error) {
    if (error instanceof UnicaError && error.code === 'identity.twins') {
      hub.wakeUp.notify(queueOf(siteId));
      await hub.journal.append({ actor: 'hub', action: 'site.twins-noticed', subject: siteId, facts: {} });
    }
    throw error;
  }
}

/** The head of the journal, and whether it still has what a node was told of. */
async function journalSeen({ journal }: HubHouse, witness: Witness | null) {
  const [head, there] = await Promise.all([
    journal.at('head'),
    witness === null ? undefined : journal.at(witness.sequence),
  ]);
  return { head: head ?? null, knowsWitness: witness === null || there?.entrySha256 === witness.entrySha256 };
}

function siteCaller(caller: Caller): Extract<Caller, { kind: 'site' }> {
  if (caller.kind !== 'site') throw new UnicaError('http.sign-in-needed');
  return caller;
}

function siteOf(caller: Caller): string {
  return siteCaller(caller).siteId;
}
