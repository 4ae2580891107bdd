import { statfs } from 'node:fs/promises';
import type { OptOuts } from '#consent';
import type { NodeStatus } from '#wire';
import type { Archive } from './archive.ts';
import type { NodeConfig } from './config.ts';
import type { DicomReceiver } from './dicom-receiver.ts';
import type { IdentityCard } from './identity-card.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { OutgoingLedger } from './outgoing-ledger.ts';
import type { OwnKeys } from './own-keys.ts';
import type { Quarantine } from './quarantine.ts';

/** The node at a glance. */
export async function statusOf(node: {
  readonly config: NodeConfig;
  readonly card: IdentityCard;
  readonly keys: Pick<OwnKeys, 'publicKey'>;
  readonly archive: Archive;
  readonly quarantine: Quarantine;
  readonly optOuts: OptOuts;
  readonly outgoing: OutgoingLedger;
  readonly killSwitch: KillSwitch;
  readonly connection: {
    readonly connected: boolean;
    readonly lastContactAtMs: number | null;
    readonly trouble: NodeStatus['hubTrouble'];
    readonly clockOffsetMs: number | null;
  };
  readonly receiver: DicomReceiver | undefined;
}): Promise<NodeStatus> {
  const [totals, quarantined, optedOut, byKind, diskFreeBytes] = await Promise.all([
    node.archive.totals(),
    node.quarantine.total(),
    node.optOuts.list(),
    node.outgoing.totals(),
    freeBytesOf(node.config.blobsPath),
  ]);
  return {
    siteId: node.card.siteId,
    publicKey: node.keys.publicKey,
    displayName: node.card.displayName,
    hubUrl: node.card.hubUrl,
    enrolled: true,
    connected: node.connection.connected,
    lastContactAtMs: node.connection.lastContactAtMs,
    hubTrouble: node.connection.trouble,
    clockOffsetMs: node.connection.clockOffsetMs,
    stopped: node.killSwitch.stopped,
    approval: node.config.approval,
    ...totals,
    quarantined,
    optedOut: optedOut.length,
    bytesOut: byKind.reduce((sum, kind) => sum + kind.bytes, 0),
    diskFreeBytes,
    dicomReceiver: node.receiver?.status() ?? null,
  };
}

async function freeBytesOf(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}
