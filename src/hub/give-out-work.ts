import { type CarryingReceipt, type TaskBody, type TaskEnvelope, taskBodySchema, WIRE_LIMITS } from '#wire';
import type { HubHouse } from './house.ts';
import { LEASE_MS, queueOf } from './work-queue.ts';

/** Whoever waits for work looks at least this often. */
const LOOK_MS = 2000;
/** From this version of the messages on. */
const CONTENT_WITH_TASKS = 2;
/** So many tasks at most are given at once. */
const MOST_TASKS = 8;

type Wish = NonNullable<CarryingReceipt['next']> & {
  readonly siteId: string;
  /** The key it spoke with. */
  readonly publicKey: string;
  /** Of the messages, as agreed with the node. */
  readonly version: number;
  readonly signal: AbortSignal;
  readonly isPoll: boolean;
};

/**
 * Leases work to a site; waits until there is some or the time is over. @throws UnicaError as `Membership.checkStanding`.
 */
export async function workFor(hub: HubHouse, wish: Wish): Promise<readonly TaskEnvelope[]> {
  const { siteId, waitMs, isPoll } = wish;
  if (isPoll || waitMs === 0) return await waited(hub, wish);
  const end = hub.waitingReceipts.begin(siteId);
  let tasks: readonly TaskEnvelope[] = [];
  try {
    tasks = await waited(hub, wish);
    return tasks;
  } finally {
    end();
    // What came at the last moment, the poll has left to this receipt.
    if (tasks.length === 0) hub.wakeUp.notify(queueOf(siteId));
  }
}

async function waited(hub: HubHouse, wish: Wish): Promise<readonly TaskEnvelope[]> {
  const { siteId, publicKey, version, waitMs, signal, isPoll } = wish;
  const untilMs = hub.clock() + waitMs;
  for (let looked = false; ; looked = true) {
    // Another hub's notice may get lost with its connection, so now and then it is looked without one.
    const woken = hub.wakeUp.wait(queueOf(siteId), Math.min(LOOK_MS, Math.max(0, untilMs - hub.clock())), signal);
    if (signal.aborted) return [];
    const isLeft = isPoll && hub.waitingReceipts.has(siteId);
    // A site that was shut out while it waited, or has another key now, is told at once.
    if (looked && !isLeft) await hub.membership.checkStanding(siteId, publicKey);
    // What a receipt was given meanwhile the poll gives again, once: the node has it already, unless that answer got lost.
    const leased = isLeft ? [] : await leaseFor(hub, siteId, wish);
    if (leased.length > 0 || hub.clock() >= untilMs)
      return version < CONTENT_WITH_TASKS ? leased : await Promise.all(leased.map(withContent(hub)));
    await woken;
  }
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
    max: MOST_TASKS,
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

/** A task with the content that it names, where that is small: the models of a round are fetched by nobody then. */
function withContent(hub: HubHouse) {
  return async (task: TaskEnvelope): Promise<TaskEnvelope> => {
    if (task.body.kind !== 'train-round') return task;
    const { weightsSha256, stateSha256 } = task.body;
    const named = [weightsSha256, ...(stateSha256 === undefined ? [] : [stateSha256])];
    const found = await Promise.all(named.map(async (sha256) => await smallContent(hub, sha256)));
    const content = found.filter((one) => one !== undefined);
    return content.length === 0 ? task : { ...task, content };
  };
}

/** Undefined for what is larger, not here or not to be read: the node fetches it, and is told. The tasks are leased by now. */
async function smallContent({ blobs }: HubHouse, sha256: string) {
  const blob = await blobs.open(sha256).catch(() => undefined);
  try {
    if (blob === undefined || blob.sizeBytes > WIRE_LIMITS.contentOfTaskBytes) return undefined;
    const bytes = await blob.read(0, blob.sizeBytes);
    return { sha256, base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') };
  } catch {
    return undefined;
  } finally {
    await blob?.close();
  }
}
