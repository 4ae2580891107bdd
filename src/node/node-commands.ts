import { basename } from 'node:path';
import { type Verification, writeExport } from '#audit';
import { silentLog, UnicaError } from '#base';
import { fingerprintOf, openPeople } from '#identity';
import type { ClinicalMapping } from '#intake';
import type { MappingDocument } from '#mapping';
import type { LoadReport } from '#warehouse';
import type { ImportView, NodeStatus, Role } from '#wire';
import { setBackTrouble } from './agent.ts';
import type { NodeConfig } from './config.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import { HubWitness } from './hub-witness.ts';
import { KillSwitch } from './kill-switch.ts';
import { MappingDesk } from './mapping-desk.ts';
import { openNode } from './open-node.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';
import { PeerKeys } from './peer-keys.ts';
import { openNodeRecords } from './records.ts';
import { statusOf } from './status.ts';

/** Brings images into a home without its service, or beside it. @throws UnicaError `node.not-initialised`. */
export async function importIntoNode(
  config: NodeConfig,
  wish: {
    readonly paths: readonly string[];
    readonly clinical?: string;
    readonly mapping?: ClinicalMapping;
    /** Of a public set, or `auto`; see `openSource`. */
    readonly layout?: string;
    readonly onProgress?: (view: ImportView) => void;
    readonly signal?: AbortSignal;
  },
): Promise<ImportView> {
  const node = await openNode(config, silentLog);
  try {
    return await node.importer.run(
      {
        paths: wish.paths,
        clinicalPath: wish.clinical,
        mapping: wish.mapping,
        layout: wish.layout,
        source: wish.paths
          .map((path) => basename(path))
          .join(', ')
          .slice(0, 200),
        actor: 'command-line',
      },
      wish.onProgress,
      wish.signal,
    );
  } finally {
    await node.close();
  }
}

/**
 * Brings a clinical table into a home's warehouse by its mapping, without its service, or beside it.
 * @throws UnicaError `node.not-initialised`, and what reading the table throws
 */
export async function loadIntoNode(
  config: NodeConfig,
  wish: {
    readonly table: string;
    readonly mapping: MappingDocument;
    readonly onRows?: (rows: number) => void;
    readonly signal?: AbortSignal;
  },
): Promise<LoadReport> {
  const node = await openNode(config, silentLog);
  const desk = new MappingDesk({ ...node, folder: config.mappingPath, datasetId: WHOLE_ARCHIVE });
  try {
    return await desk.load(wish.table, basename(wish.table), wish.mapping, 'command-line', wish);
  } finally {
    await desk.close();
    await node.close();
  }
}

/** A node's state as its home tells it; whether it is connected only its running service knows. */
export async function nodeStatus(config: NodeConfig): Promise<NodeStatus> {
  const node = await openNode(config, silentLog);
  try {
    const { kysely } = node.database;
    const { setBack } = await HubWitness.open(kysely, node.clock);
    const trouble = setBack ? setBackTrouble() : null;
    return await statusOf({
      ...node,
      outgoing: new OutgoingLedger(node.database, node.clock),
      killSwitch: await KillSwitch.open(kysely),
      connection: { connected: false, lastContactAtMs: null, trouble, clockOffsetMs: null },
      receiver: undefined,
    });
  } finally {
    await node.close();
  }
}

/**
 * Goes on with a hub that was set back to an older state, after a person has looked at it; a running service follows within a
 * second. @returns whether the node had stopped because of it
 */
export async function acceptHub(config: NodeConfig): Promise<boolean> {
  const { database, journal, card, clock, close } = await openNode(config, silentLog);
  try {
    const witness = await HubWitness.open(database.kysely, clock);
    const { setBack } = witness;
    await witness.accept();
    await journal.append({
      actor: 'command-line',
      action: 'hub.set-back-accepted',
      subject: card.siteId,
      facts: { setBack },
    });
    return setBack;
  } finally {
    await close();
  }
}

/**
 * Throws the kill switch in a home, beside its running service or without one, and with the hub out of reach; a running service
 * follows within a second.
 */
export async function stopNode(config: NodeConfig, stopped: boolean): Promise<NodeStatus> {
  const node = await openNode(config, silentLog);
  try {
    const killSwitch = await KillSwitch.open(node.database.kysely);
    await killSwitch.set(stopped);
    await node.journal.append({
      actor: 'command-line',
      action: stopped ? 'node.stopped' : 'node.resumed',
      subject: node.card.siteId,
      facts: {},
    });
  } finally {
    await node.close();
  }
  return await nodeStatus(config);
}

/**
 * The keys of other sites that a node knows, and its own, as fingerprints; after one was confirmed or forgotten where told.
 * @throws UnicaError `http.not-found`, `aggregation.fingerprint-wrong`.
 */
export async function nodePeers(
  config: NodeConfig,
  change: {
    readonly confirm?: { readonly siteId: string; readonly fingerprint: string } | undefined;
    readonly forget?: string | undefined;
  },
) {
  const { card, keys, journal, database, clock, close } = await openNode(config, silentLog);
  try {
    const known = new PeerKeys(database.kysely, clock);
    const { confirm, forget } = change;
    if (confirm !== undefined) {
      await known.confirm(confirm.siteId, confirm.fingerprint);
      await journal.append({ actor: 'command-line', action: 'peer.confirmed', subject: confirm.siteId, facts: {} });
    }
    if (forget !== undefined) {
      if (!(await known.forget(forget)))
        throw new UnicaError('http.not-found', { what: `key of ${forget} at this node` });
      await journal.append({ actor: 'command-line', action: 'peer.forgotten', subject: forget, facts: {} });
    }
    const peers = (await known.list()).map(({ siteId, publicKey, confirmed }) => {
      return { siteId, fingerprint: fingerprintOf(publicKey), confirmed };
    });
    return { own: { siteId: card.siteId, fingerprint: fingerprintOf(keys.publicKey) }, peers };
  } finally {
    await close();
  }
}

/** Makes an API token in the home's database; shown once. */
export async function createNodeToken(
  config: NodeConfig,
  token: { readonly name: string; readonly roles: readonly Role[]; readonly days: number },
): Promise<string> {
  const database = await openNodeRecords(config);
  try {
    const expiresAtMs = Date.now() + token.days * 86_400_000;
    return await openPeople(database, Date.now).createToken({ name: token.name, roles: token.roles, expiresAtMs });
  } finally {
    await database.close();
  }
}

/** Verifies the node's audit journal. @throws UnicaError `node.not-initialised`. */
export async function verifyNodeAudit(config: NodeConfig): Promise<Verification> {
  const node = await openNode(config, silentLog);
  try {
    return await node.journal.verify();
  } finally {
    await node.close();
  }
}

/** The node's journal as JSON lines, for an auditor. @throws UnicaError `node.not-initialised`. */
export async function* exportNodeAudit(config: NodeConfig): AsyncGenerator<string> {
  const node = await openNode(config, silentLog);
  try {
    // Where the key was replaced, the present one signs for all that earlier ones did.
    await node.journal.checkpoint();
    const { publicKey } = node.keys;
    yield* writeExport(node.journal, { house: node.card.siteId, publicKey, formerKeys: node.keys.former() });
  } finally {
    await node.close();
  }
}

/** The public key of the node for Flower, as `flwr supernode register` takes it; made where there is none. */
export async function nodeFlowerKey(config: NodeConfig): Promise<string> {
  const [{ loadOrCreateNodeKey }, { flowerKeyPath }] = await Promise.all([
    import('#flower'),
    import('./flower-membership.ts'),
  ]);
  const { publicKeyOpenssh } = await loadOrCreateNodeKey(flowerKeyPath(config.home));
  return publicKeyOpenssh;
}
