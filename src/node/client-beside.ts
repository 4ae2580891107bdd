import type { Clock } from '#base';
import type { SiteKeys } from '#identity';
import type { Database } from '#store';
import type { NodeConfig } from './config.ts';
import { createDial } from './dial.ts';
import { HubClient } from './hub-client.ts';
import type { HubClock } from './hub-clock.ts';
import type { IdentityCard } from './identity-card.ts';
import { KillSwitch } from './kill-switch.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';
import type { AllNodeTables } from './records.ts';

/** A way to the hub for a command, beside a running service or without one; what it sends stands in the ledger, and the owner's switch stops it. */
export async function clientBeside(
  config: NodeConfig,
  parts: {
    readonly card: IdentityCard;
    readonly keys: SiteKeys;
    readonly database: Database<AllNodeTables>;
    readonly clock: Clock;
    readonly hubClock?: HubClock | undefined;
    /** An answer to an enrolment is not signed: whoever asks for it compares the key that it brings. */
    readonly isEnrolling?: boolean;
  },
): Promise<HubClient> {
  const { card, keys, database, clock, hubClock, isEnrolling = false } = parts;
  return new HubClient({
    card,
    hubPublicKey: isEnrolling ? undefined : card.hubPublicKey,
    keys,
    ledger: new OutgoingLedger(database, clock),
    killSwitch: await KillSwitch.open(database.kysely),
    clock,
    ...(hubClock === undefined ? {} : { hubClock }),
    dial: createDial(config.hubProxy),
    otherUrls: config.hubUrls,
  });
}
