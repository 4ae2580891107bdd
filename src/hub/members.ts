import type { Journal } from '#audit';
import type { Clock } from '#base';
import { fingerprintOf, type Membership, type SiteState } from '#identity';
import { codeDigest } from '#models';
import { type Member, readinessSchema, type StandingRequest } from '#wire';
import type { HubHouse } from './house.ts';
import { networkView } from './network-view.ts';
import { withdrawAbsent } from './withdraw-absent.ts';
import { queueOf } from './work-queue.ts';

/** An enrolment code is good for this long. */
const CODE_LIFETIME_MS = 7 * 86_400_000;

/** What a change of membership needs of a hub: a running one has it, and a command beside it. */
export type MembersOffice = {
  readonly membership: Membership;
  readonly journal: Journal;
  readonly clock: Clock;
};

const ACTIONS: Readonly<Record<StandingRequest['change'], string>> = {
  approve: 'site.approved',
  suspend: 'site.suspended',
  reinstate: 'site.reinstated',
  eject: 'site.ejected',
};

/** Invites a site. @throws UnicaError `identity.site-exists` */
export async function inviteSite(
  { membership, journal, clock }: MembersOffice,
  site: { readonly siteId: string; readonly displayName: string; readonly country: string },
  actor: string,
): Promise<{ code: string; expiresAtMs: number }> {
  const expiresAtMs = clock() + CODE_LIFETIME_MS;
  const code = await membership.createEnrolmentCode({ ...site, expiresAtMs });
  await journal.append({ actor, action: 'site.invited', subject: site.siteId, facts: { expiresAtMs } });
  return { code, expiresAtMs };
}

/** A code for a site that has lost its key. @throws UnicaError `http.not-found`, `identity.standing` */
export async function renewSite(
  { membership, journal, clock }: MembersOffice,
  siteId: string,
  because: string,
  actor: string,
): Promise<{ code: string; expiresAtMs: number }> {
  const expiresAtMs = clock() + CODE_LIFETIME_MS;
  const code = await membership.createRenewalCode(siteId, expiresAtMs);
  await journal.append({ actor, action: 'site.renewal-offered', subject: siteId, because, facts: { expiresAtMs } });
  return { code, expiresAtMs };
}

/** Records where a site stands from now on. @throws UnicaError `http.not-found`, `identity.standing` */
export async function recordStanding(
  { membership, journal }: MembersOffice,
  siteId: string,
  { change, because }: StandingRequest,
  actor: string,
): Promise<SiteState> {
  const state = await membership.changeStanding(siteId, change, because);
  await journal.append({ actor, action: ACTIONS[change], subject: siteId, because, facts: { state } });
  return state;
}

/** Changes where a site stands: its open poll ends, and rounds that wait for it go on without it. */
export async function changeStanding(
  hub: HubHouse,
  siteId: string,
  request: StandingRequest,
  actor: string,
): Promise<SiteState> {
  const state = await recordStanding(hub, siteId, request, actor);
  hub.wakeUp.notify(queueOf(siteId));
  await withdrawAbsent(hub);
  return state;
}

/** The sites as the coordinator sees them. */
export async function membersView(hub: HubHouse): Promise<readonly Member[]> {
  const [network, sites, datasets, codeSha256] = await Promise.all([
    networkView(hub),
    hub.membership.sites(),
    hub.datasets.current(),
    codeDigest(),
  ]);
  return sites.flatMap((known) => {
    const site = network.sites.find(({ siteId }) => siteId === known.siteId);
    if (site === undefined) return [];
    const readiness = readinessOf(known.readiness);
    return {
      site,
      because: known.because,
      clockOffsetMs: known.clockOffsetMs,
      fingerprint: known.publicKey === null ? null : fingerprintOf(known.publicKey),
      keySinceMs: known.keySinceMs,
      readiness,
      sameCode: readiness === null ? null : readiness.codeSha256 === codeSha256,
      datasets: datasets
        .filter(({ siteId }) => siteId === known.siteId)
        .map(({ name, version, quality, publishedAtMs }) => ({
          name,
          version,
          qualityScore: quality.score,
          atMs: publishedAtMs,
        })),
    };
  });
}

/** What a site said of its readiness; null where it has not said, or in words of another version. */
export function readinessOf(text: string | null) {
  return text === null ? null : (readinessSchema.safeParse(JSON.parse(text)).data ?? null);
}
