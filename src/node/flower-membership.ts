import { join } from 'node:path';
import { type Clock, type Log, UnicaError } from '#base';
import { type Answerer, loadOrCreateNodeKey, type MessageLimits, type MessageShelf, SuperNode } from '#flower';
import { type FlowerSettings, flowerTrust } from './flower-settings.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { OutgoingLedger } from './outgoing-ledger.ts';

/** Calls that carry an answer; all others carry a node's number and identifiers alone. */
const ANSWERING: ReadonlySet<string> = new Set(['PushMessages', 'PushObject']);

/** Where the key is kept that a SuperLink knows this node by. */
export function flowerKeyPath(home: string): string {
  return join(home, 'flower.key');
}

/** Joins the SuperLink of the settings: every call is in the ledger before it leaves, and none leaves a stopped node. */
export async function joinSuperlink(
  settings: FlowerSettings,
  parts: {
    readonly home: string;
    readonly answer: Answerer;
    readonly shelf: MessageShelf;
    readonly limits: MessageLimits;
    readonly ledger: OutgoingLedger;
    readonly killSwitch: KillSwitch;
    readonly log: Log;
    readonly clock: Clock;
  },
): Promise<SuperNode> {
  const node = new SuperNode({
    address: settings.superlink,
    trust: await flowerTrust(settings),
    key: await loadOrCreateNodeKey(flowerKeyPath(parts.home)),
    answer: parts.answer,
    shelf: parts.shelf,
    limits: parts.limits,
    log: parts.log,
    clock: parts.clock,
    async beforeCall({ call, path, body }) {
      if (parts.killSwitch.stopped) throw new UnicaError('node.stopped');
      const kind = ANSWERING.has(call) ? 'flower-answer' : 'flower-contact';
      await parts.ledger.record({ kind, method: 'POST', path, body, jobId: null });
    },
  });
  node.start();
  return node;
}
