import { openJournal } from '#audit';
import { type ErrorCode, silentLog, UnicaError } from '#base';
import { fingerprintOf, newKeyText, type SiteKeys, signText } from '#identity';
import { acceptedSchema, enrolReplySchema, HUB_PATHS, OWN_WIRE_RANGE } from '#wire';
import { clientBeside } from './client-beside.ts';
import type { NodeConfig } from './config.ts';
import { HubRefusal } from './hub-client.ts';
import { readIdentityCard } from './identity-card.ts';
import { openNode } from './open-node.ts';
import { adoptNextKeys, dropNextKeys, nextKeys, OwnKeys } from './own-keys.ts';
import { openNodeRecords } from './records.ts';
import { SOFTWARE } from './software.ts';

/** What a node says after its key was replaced. */
export interface ReplacedKey {
  readonly siteId: string;
  /** Of the new key, as people read it to one another. */
  readonly fingerprint: string;
  /** False: the coordinator has to let the site in again first. */
  readonly active: boolean;
}

/**
 * Makes a new key and asks the hub, with the old one, to take it in its place; both sign. Begun and not ended, it goes on where it
 * was. A running service takes up the new key by itself.
 * @throws UnicaError `node.hub-unreachable`, `node.key-not-replaced`, `node.key-lost`
 */
export async function rotateNodeKey(config: NodeConfig): Promise<ReplacedKey> {
  const node = await openNode(config, silentLog);
  try {
    const { card, keys: old } = node;
    const next = await nextKeys(config.home);
    const change = { oldKey: old.publicKey, newKey: next.publicKey };
    const message = { ...change, signature: signText(next, newKeyText(card.siteId, change)) };
    const ask = async (keys: SiteKeys) => {
      const hub = await clientBeside(config, { card, keys, database: node.database, clock: Date.now });
      await hub.post({ kind: 'key', path: HUB_PATHS.key, message }, acceptedSchema);
    };
    await ask(old).catch(async (error: unknown) => {
      // The hub may have taken it before and its answer been lost: then it is the new key that it knows.
      const refusal = isRefusedFor(error, 'identity.signature') ? await refusalOf(ask(next)) : error;
      if (refusal === undefined) return;
      if (!(refusal instanceof HubRefusal)) throw refusal;
      await dropIfUsed(config.home, refusal);
      throw new UnicaError('node.key-not-replaced', { because: refusal.message }, { cause: refusal });
    });
    await adoptNextKeys(config.home);
    await node.keys.reload();
    await node.journal.append({
      actor: 'command-line',
      action: 'node.key-rotated',
      subject: card.siteId,
      facts: change,
    });
    return { siteId: card.siteId, fingerprint: fingerprintOf(next.publicKey), active: true };
  } finally {
    await node.close();
  }
}

/**
 * Enrols a node again whose key was lost, with a code for that: a new key, the same site, the same history.
 * @throws UnicaError `node.hub-unreachable`, `node.hub-refused`, `node.hub-forged` where it is another hub
 */
export async function renewNodeKey(config: NodeConfig, code: string): Promise<ReplacedKey> {
  const card = await readIdentityCard(config.home);
  const next = await nextKeys(config.home);
  const known = await OwnKeys.known(config.home);
  const database = await openNodeRecords(config);
  try {
    const hub = await clientBeside(config, { card, keys: next, database, clock: Date.now, isEnrolling: true });
    const { siteId, country, displayName } = card;
    const message = {
      // A hub that speaks no later one reads it; what is spoken with others, the header says.
      wireVersion: OWN_WIRE_RANGE.oldest,
      code,
      siteId,
      country,
      displayName,
      publicKey: next.publicKey,
      software: SOFTWARE,
    };
    const reply = await hub
      .post({ kind: 'enrol', path: HUB_PATHS.enrol, message }, enrolReplySchema)
      .catch(async (error: unknown) => {
        await dropIfUsed(config.home, error);
        throw error;
      });
    if (reply.hubPublicKey !== card.hubPublicKey) throw new UnicaError('node.hub-forged');
    await adoptNextKeys(config.home);
    const journal = openJournal(database, { keys: next, clock: Date.now, formerKeys: () => known });
    await journal.append({
      actor: 'command-line',
      action: 'node.key-renewed',
      subject: siteId,
      facts: { newKey: next.publicKey },
    });
    return { siteId, fingerprint: fingerprintOf(next.publicKey), active: reply.state !== 'pending' };
  } finally {
    await database.close();
  }
}

/**
 * Only a key that the site had before is of no use any more. After any other refusal the next key stays: the hub may have taken
 * it when its answer got lost, and whoever has thrown it away is shut out.
 */
async function dropIfUsed(home: string, error: unknown): Promise<void> {
  if (isRefusedFor(error, 'identity.key-used')) await dropNextKeys(home);
}

function isRefusedFor(error: unknown, code: ErrorCode): boolean {
  return error instanceof HubRefusal && error.hubCode === code;
}

/** Why it failed; undefined where it did not. */
async function refusalOf(asked: Promise<void>): Promise<unknown> {
  return await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
}
