import { type ErrorCode, UnicaError } from '#base';
import type { Site } from '#identity';
import type { HubHouse } from './house.ts';

/**
 * Lets jobs go on without the sites that were suspended or ejected: where one had not decided it has not agreed, and an open
 * round, a step of adding up or an evaluation waits for it no longer. Doing it again changes nothing, so that a hub that fell in the middle goes
 * on where it was.
 */
export async function withdrawAbsent(hub: HubHouse): Promise<void> {
  const absent = (await hub.membership.sites()).filter(({ state }) => state === 'suspended' || state === 'ejected');
  if (absent.length === 0) return;
  // Asked at every beat for as long as a site is out: what has ended is not read again.
  for (const { jobId, sites } of await hub.learning.listOpen()) {
    for (const site of absent) {
      if (sites.some(({ siteId }) => siteId === site.siteId)) await withdraw(hub, jobId, site);
    }
  }
}

async function withdraw(hub: HubHouse, jobId: string, site: Site): Promise<void> {
  const isForGood = site.state === 'ejected';
  await withdrawSite(hub, jobId, { siteId: site.siteId, because: reasonOf(site), isForGood });
}

/** Lets one job go on without a site: where it had not decided it has not agreed, if it never will. */
export async function withdrawSite(
  { learning }: HubHouse,
  jobId: string,
  { siteId, because, isForGood }: { readonly siteId: string; readonly because: string; readonly isForGood: boolean },
): Promise<void> {
  const { view, sum } = await learning.state(jobId);
  if (isForGood && view.sites.some((one) => one.siteId === siteId && one.decision === 'waiting')) {
    await learning.decide(jobId, siteId, { kind: 'decided', decision: 'denied', by: 'the hub', because });
  }
  await learning.evaluationRefused(jobId, siteId, because);
  const round = view.rounds.at(-1);
  if (round?.state !== 'open') return;
  if (sum !== undefined && sum.round === round.round && sum.sites.includes(siteId))
    await learning.sumRefused(jobId, siteId, { round: sum.round, step: sum.step }, because);
  if (round.sites.some((one) => one.siteId === siteId && one.state === 'working'))
    await learning.siteFailed(jobId, siteId, round.round, because);
}

function reasonOf({ siteId, state, because }: Site): string {
  const code: ErrorCode = state === 'ejected' ? 'identity.ejected' : 'identity.suspended';
  return new UnicaError(code, { siteId, because: because ?? '–' }).message;
}
