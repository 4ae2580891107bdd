import { UnicaError } from '#base';
import { contentDigest } from '#store';
import { type Receipt, sumReceiptSchema, type TaskBody, taskBodySchema } from '#wire';
import type { HubHouse } from './house.ts';
import { takeWatchAnswer } from './routes-model-watches.ts';
import { queueOf } from './work-queue.ts';

/**
 * Takes a site's answer to one of its tasks: tells the room that asked, then closes the task, so that a crash between
 * the two only means that the room is told twice, which it bears.
 * @param how.queue where the task waits; the site's own unless told
 * @param how.content what the receipt names and came with it, already held against its digest. It is kept for a task that waits for
 * an answer; for one that is answered already only where an open job needs it and it is not here, as after a backup was restored.
 * @throws UnicaError `hub.task-gone` when the task is not this site's.
 */
export async function takeReceipt(
  hub: HubHouse,
  siteId: string,
  taskId: string,
  receipt: Receipt,
  { queue = queueOf(siteId), content }: { readonly queue?: string; readonly content?: Uint8Array | undefined } = {},
): Promise<void> {
  const task = await hub.tasks.get(taskId);
  if (task === undefined || task.queue !== queue || task.state === 'cancelled') {
    throw new UnicaError('hub.task-gone', { taskId });
  }
  if (task.state === 'done') {
    if (content !== undefined) await keepAgain(hub, content);
    return;
  }
  const body = taskBodySchema.parse(task.payload);
  if (receipt.kind === 'refused') {
    await takeRefusal(hub, siteId, body, receipt);
    await hub.tasks.fail(
      taskId,
      siteId,
      receipt.final ? { because: receipt.code, final: true } : { because: receipt.code, retryAfterMs: 2000 },
    );
    return;
  }
  if (content !== undefined) await hub.blobs.put(content);
  await tellRoom(hub, siteId, body, receipt);
  await hub.tasks.complete(taskId, siteId, { kind: receipt.kind });
}

/** Content that came once more, where it is needed and gone. */
async function keepAgain(
  { blobs, learning }: Pick<HubHouse, 'blobs' | 'learning'>,
  content: Uint8Array,
): Promise<void> {
  const sha256 = contentDigest(content);
  if (!(await blobs.has(sha256)) && (await learning.needed()).digests.has(sha256)) await blobs.put(content);
}

async function tellRoom(hub: HubHouse, siteId: string, body: TaskBody, receipt: Receipt): Promise<void> {
  if (body.kind === 'count' && receipt.kind === 'counted') {
    await hub.searches.answer(body.searchId, siteId, receipt);
    hub.wakeUp.notify(`search:${body.searchId}`);
    return;
  }
  if (body.kind === 'decide-job' && receipt.kind === 'decided') {
    await hub.learning.decide(body.jobId, siteId, receipt);
    await hub.journal.append({
      actor: `site:${siteId}`,
      action: receipt.decision === 'approved' ? 'job.approved' : 'job.denied',
      subject: body.jobId,
      because: receipt.by,
      facts: { specSha256: body.specSha256 },
    });
    return;
  }
  if (body.kind === 'train-round' && receipt.kind === 'trained') {
    await hub.learning.receive(body.jobId, siteId, body.round, receipt);
    await hub.journal.append({
      actor: `site:${siteId}`,
      action: 'round.update-received',
      subject: body.jobId,
      facts: { round: body.round, updateSha256: receipt.updateSha256, bytes: receipt.metrics.bytesOut },
    });
    return;
  }
  if (body.kind === 'train-round' && receipt.kind === 'trained-masked') {
    await hub.learning.receiveTrained(body.jobId, siteId, body.round, receipt);
    await hub.journal.append({
      actor: `site:${siteId}`,
      action: 'round.trained',
      subject: body.jobId,
      facts: { round: body.round, maskKey: receipt.advert.maskKey },
    });
    return;
  }
  if (body.kind === 'evaluate-model' && receipt.kind === 'evaluated') {
    await hub.learning.receiveEvaluation(body.jobId, siteId, receipt);
    await hub.journal.append({
      actor: `site:${siteId}`,
      action: 'job.evaluated',
      subject: body.jobId,
      facts: { withheld: receipt.common === null },
    });
    return;
  }
  if (body.kind === 'compare-models' && receipt.kind === 'compared') {
    await hub.learning.receiveComparison(body.jobId, siteId, receipt);
    await hub.journal.append({
      actor: `site:${siteId}`,
      action: 'job.models-compared',
      subject: body.jobId,
      facts: { models: receipt.scores.length },
    });
    return;
  }
  if (body.kind === 'secure-sum') {
    const answer = sumReceiptSchema.safeParse(receipt);
    if (answer.success) {
      await hub.learning.receiveSumAnswer(body.jobId, siteId, { round: body.round, step: body.step.step }, answer.data);
      await hub.journal.append({
        actor: `site:${siteId}`,
        action: 'round.sum-answered',
        subject: body.jobId,
        facts: { round: body.round, step: body.step.step },
      });
      return;
    }
  }
  if (body.kind === 'watch-model' && receipt.kind === 'watched') {
    await takeWatchAnswer(hub, siteId, body, receipt.answer);
    return;
  }
  if ((body.kind === 'revoke-permit' || body.kind === 'suggest-correction') && receipt.kind === 'done') return;
  throw new UnicaError('http.invalid-input', { where: 'receipt', problem: `not an answer to ${body.kind}` });
}

async function takeRefusal(
  hub: HubHouse,
  siteId: string,
  body: TaskBody,
  refusal: Extract<Receipt, { kind: 'refused' }>,
): Promise<void> {
  await hub.journal.append({
    actor: `site:${siteId}`,
    action: 'task.refused',
    subject: 'jobId' in body ? body.jobId : body.kind,
    because: refusal.code,
    facts: { kind: body.kind, final: refusal.final },
  });
  if (!refusal.final) return;
  if (body.kind === 'count') {
    await hub.searches.fail(body.searchId, siteId, refusal.because);
    hub.wakeUp.notify(`search:${body.searchId}`);
  }
  if (body.kind === 'decide-job') {
    await hub.learning.decide(body.jobId, siteId, {
      kind: 'decided',
      decision: 'denied',
      by: 'the node itself',
      because: refusal.because,
    });
  }
  if (body.kind === 'watch-model') await hub.watches.refuse(body.watchId, siteId, refusal.because);
  if (body.kind === 'secure-sum') {
    const asked = { round: body.round, step: body.step.step };
    await hub.learning.sumRefused(body.jobId, siteId, asked, refusal.because);
  }
  if (body.kind === 'evaluate-model' || body.kind === 'compare-models')
    await hub.learning.evaluationRefused(body.jobId, siteId, refusal.because);
  if (body.kind === 'train-round') await hub.learning.siteFailed(body.jobId, siteId, body.round, refusal.because);
}
