import { openJournal } from '#audit';
import { type Clock, UnicaError } from '#base';
import { bad, examineClock, good, isAtLeast, note, reachHub, skipped, toldBy } from '#checkup';
import type { Database } from '#store';
import { type Finding, type HeldHead, HUB_PATHS, heldHeadSchema } from '#wire';
import { clientBeside } from './client-beside.ts';
import type { NodeConfig } from './config.ts';
import { openThrough } from './dial.ts';
import { HubRefusal } from './hub-client.ts';
import { HubClock } from './hub-clock.ts';
import { HubWitness } from './hub-witness.ts';
import type { IdentityCard } from './identity-card.ts';
import { KillSwitch } from './kill-switch.ts';
import type { OwnKeys } from './own-keys.ts';
import type { AllNodeTables } from './records.ts';
import { VERSION } from './software.ts';

/** What of a home is needed to speak to its hub. */
export interface Member {
  readonly card: IdentityCard;
  readonly keys: OwnKeys;
  readonly database: Database<AllNodeTables>;
}

/** Looks at the way to the hub, at what the hub says to this node, at the clock and at versions. @param member undefined before enrolment, or where the home is not whole */
export async function examineLink(
  config: NodeConfig,
  { hubUrl, member, clock }: { readonly hubUrl: URL; readonly member: Member | undefined; readonly clock: Clock },
): Promise<readonly Finding[]> {
  const { hubProxy } = config;
  const isThrough = hubProxy !== undefined && !(hubProxy.onlySecure && hubUrl.protocol !== 'https:');
  const way = await reachHub(hubUrl, {
    nowMs: clock(),
    ...(isThrough
      ? { proxy: { url: hubProxy.url, open: async (to, signal) => await openThrough(hubProxy.url, to, signal) } }
      : {}),
  });
  if (way.hub === undefined) {
    const rest = ['hub-membership', 'hub-witness', 'clock', 'update'] as const;
    return [...way.findings, ...rest.map((check) => skipped(check, 'It rests on what failed above.'))];
  }
  const { timeMs, version } = way.hub;
  // Not signed: good enough to tell that a clock is off by a day, and all there is when it is.
  const unsigned =
    timeMs === undefined ? skipped('clock', 'The hub did not say the time.') : examineClock(clock() - timeMs);
  return [
    ...way.findings,
    ...(member === undefined
      ? [skipped('hub-membership', 'This node is not enrolled yet, or its folder is not whole.'), unsigned]
      : await examineMembership(config, member, { clock, unsigned, timeMs })),
    isAtLeast(VERSION, version)
      ? good('update', `This machine runs UNICA ${VERSION}, the hub ${version}.`)
      : note('update', new UnicaError('checkup.update-waits', { hub: version, own: VERSION })),
  ];
}

async function examineMembership(
  config: NodeConfig,
  member: Member,
  {
    clock,
    unsigned,
    timeMs,
  }: { readonly clock: Clock; readonly unsigned: Finding; readonly timeMs: number | undefined },
): Promise<readonly Finding[]> {
  const { database } = member;
  const killSwitch = await KillSwitch.open(database.kysely);
  if (killSwitch.stopped) return [note('hub-membership', new UnicaError('node.stopped')), unsigned];
  const witness = await HubWitness.open(database.kysely, clock);
  if (witness.setBack) return [bad('hub-membership', new UnicaError('node.hub-restored')), unsigned];
  try {
    // A clock that is off is told by its own finding: signed with it, this one would be refused and say nothing else.
    const held = await heldHead(config, member, { clock, hubTimeMs: timeMs });
    return [
      good('hub-membership', 'The hub knows this node by its key, and its answer carries the signature of the hub.'),
      await examineWitness(member, held, clock),
      examineClock(clock() - held.serverTimeMs),
    ];
  } catch (error) {
    if (!(error instanceof HubRefusal)) return [bad('hub-membership', error), unsigned];
    if (error.hubStatus === 404)
      return [skipped('hub-membership', 'The hub is of an earlier version, which cannot be asked this.'), unsigned];
    const { sentence, mend } = error.words;
    return [toldBy('hub-membership', { code: error.hubCode, says: sentence, mend }), unsigned];
  }
}

/** What the hub was told last of this node's journal, and its time. @throws UnicaError as {@link HubClient} does */
export async function heldHead(
  config: NodeConfig,
  { card, keys, database }: Member,
  { clock, hubTimeMs }: { readonly clock: Clock; readonly hubTimeMs?: number | undefined },
): Promise<HeldHead> {
  const hubClock = new HubClock(clock);
  if (hubTimeMs !== undefined) hubClock.tell(hubTimeMs);
  const hub = await clientBeside(config, { card, keys, database, clock, hubClock });
  return await hub.get({ kind: 'checkpoint', path: HUB_PATHS.checkpoints, timeoutMs: 15_000 }, heldHeadSchema);
}

/** Whether the journal here still has what the hub was told of it, or whose loss was written down when a backup was restored. */
async function examineWitness({ keys, database }: Member, { head }: HeldHead, clock: Clock): Promise<Finding> {
  if (head === null) return good('hub-witness', 'The hub was not told of the journal of this node yet.');
  const journal = openJournal(database, { keys, clock, formerKeys: keys.former });
  const lost = await lostSince(journal, head);
  if (lost === undefined)
    return good('hub-witness', `The journal has what the hub was told of it, up to entry ${head.sequence}.`);
  const restored = await journal.newestFacts(['node.restored']);
  const known = restored?.['heldSequence'];
  // The hub was out of reach when the backup was put back: what was lost is only known now.
  if (known === null) return note('hub-witness', lost);
  if (typeof known === 'number' && known >= head.sequence)
    return good(
      'hub-witness',
      'A backup was restored here; which entries of the journal were lost by it is written down.',
    );
  return bad('hub-witness', lost);
}

/** What is wrong where the hub was told of an entry that is not here; undefined where all is well. */
async function lostSince(
  journal: Pick<ReturnType<typeof openJournal>, 'at'>,
  head: NonNullable<HeldHead['head']>,
): Promise<UnicaError | undefined> {
  const own = await journal.at(head.sequence);
  if (own?.entrySha256 === head.entrySha256) return undefined;
  const last = await journal.at('head');
  return new UnicaError('checkup.journal-behind', { held: head.sequence, own: last?.sequence ?? 0 });
}
