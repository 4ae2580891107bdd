import type { CohortQuery, SearchView } from '#wire';
import type { HubHouse } from './house.ts';
import { giveWork } from './work-queue.ts';

/** A node that has not answered a count within this time is reported as silent, not waited for. */
const SEARCH_LIFETIME_MS = 60_000;

/** Asks every active site that has published a dataset; answers come in as they may. */
export async function startSearch(hub: HubHouse, query: CohortQuery, requester: string): Promise<SearchView> {
  const publishing = new Set((await hub.datasets.current()).map((dataset) => dataset.siteId));
  const active = (await hub.membership.sites()).filter(
    (site) => site.state === 'active' && publishing.has(site.siteId),
  );
  const sites = active.map((site) => site.siteId);
  const searchId = hub.newId('search');
  await hub.searches.start({ searchId, query, requester, sites });
  await hub.journal.append({
    actor: requester,
    action: 'search.asked',
    subject: searchId,
    facts: { sites: sites.length },
  });
  for (const siteId of sites) {
    await giveWork(hub, {
      siteId,
      key: `count/${searchId}/${siteId}`,
      body: { kind: 'count', searchId, query, requester },
      expiresAtMs: hub.clock() + SEARCH_LIFETIME_MS,
    });
  }
  return await hub.searches.view(searchId);
}
