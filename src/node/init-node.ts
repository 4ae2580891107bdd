import { mkdir } from 'node:fs/promises';
import { UnicaError } from '#base';
import { isEnrolmentCode } from '#identity';
import { enrolReplySchema, HUB_PATHS, invitationReplySchema, OWN_WIRE_RANGE } from '#wire';
import type { NodeConfig } from './config.ts';
import { createDial } from './dial.ts';
import { HubClient } from './hub-client.ts';
import { cardWhereEnrolled, type IdentityCard, siteSecret, writeIdentityCard } from './identity-card.ts';
import { KillSwitch } from './kill-switch.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';
import { OwnKeys } from './own-keys.ts';
import { openNodeRecords } from './records.ts';
import { SOFTWARE } from './software.ts';

/** What a coordinator has sent. What is not told of the site the hub knows by the code. */
export interface Invitation {
  readonly hubUrl: string;
  readonly code: string;
  readonly siteId?: string | undefined;
  readonly country?: string | undefined;
  readonly displayName?: string | undefined;
}

/**
 * Makes a node of an empty home: keys, site secret, database; enrols it with the one-time code and pins the hub's key.
 * A home that was enrolled with the same hub is left as it is and its card returned, so that the step can be repeated.
 * `waits` in the answer: the coordinator has to let the site in first.
 * @throws UnicaError `node.already-initialised`, `node.card-damaged`, `node.code-unusable`, `node.hub-unreachable`, `node.hub-refused`.
 */
export async function initNode(
  config: NodeConfig,
  invitation: Invitation,
): Promise<IdentityCard & { readonly waits: boolean }> {
  const earlier = await cardWhereEnrolled(config.home);
  if (earlier !== undefined) {
    const isSame = invitation.siteId === undefined || earlier.siteId === invitation.siteId;
    if (isSame && earlier.hubUrl === invitation.hubUrl) return { ...earlier, waits: false };
    throw new UnicaError('node.already-initialised', { siteId: earlier.siteId });
  }
  // What is none is told here, before anything is made or sent.
  if (!isEnrolmentCode(invitation.code)) throw new UnicaError('node.code-unusable');
  await mkdir(config.home, { recursive: true, mode: 0o700 });
  await siteSecret(config.home);
  const keys = await OwnKeys.open(config.home);
  const database = await openNodeRecords(config);
  try {
    const { hubUrl, code } = invitation;
    const killSwitch = await KillSwitch.open(database.kysely);
    const hubAs = (siteId: string) =>
      new HubClient({
        card: { siteId, hubUrl },
        hubPublicKey: undefined,
        keys,
        ledger: new OutgoingLedger(database, Date.now),
        killSwitch,
        clock: Date.now,
        dial: createDial(config.hubProxy),
      });
    const known = await knownOf(hubAs('new'), invitation);
    const { siteId, country, displayName } = known;
    const hub = hubAs(siteId);
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

/** What the site is called: as it was said, or else as the coordinator has written it down with the code. */
async function knownOf(hub: HubClient, { code, siteId, country, displayName }: Invitation) {
  if (siteId !== undefined && country !== undefined) return { siteId, country, displayName: displayName ?? siteId };
  const invited = await hub.post(
    { kind: 'enrol', path: HUB_PATHS.invitation, message: { code }, timeoutMs: 15_000 },
    invitationReplySchema,
  );
  return {
    siteId: siteId ?? invited.siteId,
    country: country ?? invited.country,
    displayName: displayName ?? invited.displayName,
  };
}
