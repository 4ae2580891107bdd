import type { GuardedCount, NetworkView } from '#wire';
import type { HubHouse } from './house.ts';

/** A site counts as online when it was heard of within this time; a poll waits at most 25 s. */
const ONLINE_WITHIN_MS = 60_000;

/** The network at a glance, from published counts alone: what is withheld counts as nothing. */
export async function networkView(hub: HubHouse): Promise<NetworkView> {
  const [sites, datasets, jobs, models] = await Promise.all([
    hub.membership.sites(),
    hub.datasets.current(),
    hub.learning.list(),
    hub.models.list(),
  ]);
  const views = sites.map((site) => {
    const own = datasets.filter((dataset) => dataset.siteId === site.siteId);
    return {
      siteId: site.siteId,
      displayName: site.displayName,
      country: site.country,
      state: site.state,
      online:
        site.state === 'active' && site.lastSeenAtMs !== null && hub.clock() - site.lastSeenAtMs < ONLINE_WITHIN_MS,
      lastSeenAtMs: site.lastSeenAtMs,
      software: site.software,
      datasets: own.length,
      studies: sum(own.map((dataset) => dataset.studies)),
    };
  });
  return {
    sites: views,
    totals: {
      sites: views.filter((site) => site.state === 'active').length,
      online: views.filter((site) => site.online).length,
      datasets: datasets.length,
      studies: sum(datasets.map((dataset) => dataset.studies)),
      persons: sum(datasets.map((dataset) => dataset.persons)),
      jobs: jobs.length,
      models: models.length,
    },
  };
}

function sum(counts: readonly GuardedCount[]): number {
  return counts.reduce((total, guarded) => total + ('count' in guarded ? guarded.count : 0), 0);
}
