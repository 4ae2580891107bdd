import { mkdir } from 'node:fs/promises';
import { UnicaError } from '#base';
import { enrolReplySchema, HUB_PATHS, OWN_WIRE_RANGE } from '#wire';
import type { NodeConfig } from './config.ts';
import { createDial } from './dial.ts';
import { HubClient } from './hub-client.ts';
import { type IdentityCard, readIdentityCard, siteSecret, writeIdentityCard } from './identity-card.ts';
import { KillSwitch } from './kill-switch.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';
import { OwnKeys } from './own-keys.ts';
import { openNodeRecords } from './records.ts';
import { SOFTWARE } from './software.ts';

/**
 * Makes a node of an empty home: keys, site secret, database; enrols it with the one-time code and pins the hub's key.
 * A home that was enrolled with the same hub is left as it is and its card returned, so that the step can be repeated.
 * `waits` in the answer: the coordinator has to let the site in first.
 * @throws UnicaError `node.already-initialised`, `node.hub-unreachable`, `node.hub-refused`.
 */
export async function initNode(
  config: NodeConfig,
  invitation: {
    readonly hubUrl: string;
    readonly code: string;
    readonly siteId: string;
    readonly country: string;
    readonly displayName: string;
  },
): Promise<IdentityCard & { readonly waits: boolean }> {
  const earlier = await readIdentityCard(config.home).catch(() => undefined);
  if (earlier !== undefined) {
    if (earlier.siteId === invitation.siteId && earlier.hubUrl === invitation.hubUrl)
      return { ...earlier, waits: false };
    throw new UnicaError('node.already-initialised', { siteId: earlier.siteId });
  }
  await mkdir(config.home, { recursive: true, mode: 0o700 });
  await siteSecret(config.home);
  const keys = await OwnKeys.open(config.home);
  const database = await openNodeRecords(config);
  try {
    const { siteId, hubUrl, country, displayName, code } = invitation;
    const hub = new HubClient({
      card: { siteId, hubUrl },
      hubPublicKey: undefined,
      keys,
      ledger: new OutgoingLedger(database, Date.now),
      killSwitch: await KillSwitch.open(database.kysely),
      clock: Date.now,
      dial: createDial(config.hubProxy),
    });
    const reply = await hub.post(
      {
        kind: 'enrol',
        path: HUB_PATHS.enrol,
        message: {
          // A hub that speaks no later one reads it; what is spoken with others, the header says.
          wireVersion: OWN_WIRE_RANGE.oldest,
          code,
          siteId,
          country,
          displayName,
          publicKey: keys.publicKey,
          software: SOFTWARE,
        },
      },
      enrolReplySchema,
    );
    const card = { siteId, country, displayName, hubUrl, hubName: reply.hubName, hubPublicKey: reply.hubPublicKey };
    await writeIdentityCard(config.home, card);
    return { ...card, waits: reply.state === 'pending' };
  } finally {
    await database.close();
  }
}
