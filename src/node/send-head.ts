import type { Journal } from '#audit';
import { silentLog } from '#base';
import { acceptedSchema, HUB_PATHS } from '#wire';
import { clientBeside } from './client-beside.ts';
import type { NodeConfig } from './config.ts';
import type { HubClient } from './hub-client.ts';
import { openNode } from './open-node.ts';

/** Leaves the signed head of the journal with the hub, which then knows when an older one is put in its place. */
export async function leaveHead(journal: Pick<Journal, 'checkpoint'>, hub: Pick<HubClient, 'post'>): Promise<void> {
  const head = await journal.checkpoint();
  if (head === undefined) return;
  const { sequence, entrySha256, signature, atMs } = head;
  await hub.post(
    { kind: 'checkpoint', path: HUB_PATHS.checkpoints, message: { sequence, entrySha256, signature, atMs } },
    acceptedSchema,
  );
}

/** The same beside a running service or without one. @throws UnicaError `node.not-initialised`, and as {@link HubClient} does */
export async function sendHead(config: NodeConfig): Promise<void> {
  const { card, keys, database, journal, clock, close } = await openNode(config, silentLog);
  try {
    const hub = await clientBeside(config, { card, keys, database, clock });
    await leaveHead(journal, hub);
  } finally {
    await close();
  }
}
