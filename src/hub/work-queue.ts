import type { TaskTable, WakeUp } from '#jobs';
import { type TaskBody, taskBodySchema } from '#wire';

/** A task is a site's for this long before it is offered again; the node renews it while it works. */
export const LEASE_MS = 20_000;

/** The queue a site's tasks wait in. */
export function queueOf(siteId: string): string {
  return `site:${siteId}`;
}

/** The queue of what a site is asked by way of a SuperLink of Flower: its own node, where it has one here too, does not lease from it. */
export function superlinkQueueOf(siteId: string): string {
  return `superlink:${siteId}`;
}

/** Puts work in a site's queue and wakes its long poll; the same key again changes nothing. */
export async function giveWork(
  { tasks, wakeUp }: { readonly tasks: TaskTable; readonly wakeUp: WakeUp },
  work: { readonly siteId: string; readonly key: string; readonly body: TaskBody; readonly expiresAtMs?: number },
): Promise<void> {
  const queue =
    'spec' in work.body && work.body.spec.engine === 'flower' ? superlinkQueueOf(work.siteId) : queueOf(work.siteId);
  await tasks.enqueue({
    queue,
    key: work.key,
    kind: work.body.kind,
    payload: taskBodySchema.parse(work.body),
    expiresAtMs: work.expiresAtMs,
  });
  wakeUp.notify(queue);
}
