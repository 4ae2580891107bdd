import type { Visitor } from '#access';
import { UnicaError } from '#base';
import { readLensAst } from '#search';
import { type AnyQuery, type CohortQuery, cohortQuerySchema, type QueryField, type SearchView } from '#wire';
import type { HubHouse } from './house.ts';
import { giveWork } from './work-queue.ts';

/** A node that has not answered a count within this time is reported as silent, not waited for. */
const SEARCH_LIFETIME_MS = 60_000;

/** A question as it is put to a hub. */
export interface SearchRequest {
  readonly query: AnyQuery;
  readonly facets?: readonly QueryField[] | undefined;
  readonly project?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * Asks every active site that has published a dataset; answers come in as they may.
 * @throws UnicaError `search.unknown-criteria`, `search.too-intricate`, `hub.no-exact-permit`.
 */
export async function startSearch(hub: HubHouse, asked: SearchRequest, by: Visitor): Promise<SearchView> {
  const requester = by.id;
  const query = ourQuery(asked.query);
  const datasets = await hub.datasets.current();
  const publishing = new Set(datasets.map((dataset) => dataset.siteId));
  const active = (await hub.membership.sites()).filter(
    (site) => site.state === 'active' && publishing.has(site.siteId),
  );
  const permits = asked.requestId === undefined ? undefined : await exactPermits(hub, asked.requestId, by);
  const sites = active.map((site) => site.siteId).filter((siteId) => permits?.has(siteId) ?? true);
  const searchId = hub.newId('search');
  await hub.searches.start({ searchId, query, requester, sites });
  await hub.journal.append({
    actor: requester,
    action: 'search.asked',
    subject: searchId,
    ...(asked.requestId === undefined ? {} : { because: asked.requestId }),
    facts: { sites: sites.length },
  });
  await Promise.all(
    sites.map(async (siteId) => {
      const permit = permits?.get(siteId);
      await giveWork(hub, {
        siteId,
        key: `count/${searchId}/${siteId}`,
        body: {
          kind: 'count',
          searchId,
          query,
          requester,
          ...(asked.project === undefined ? {} : { project: asked.project }),
          ...(asked.facets === undefined || asked.facets.length === 0 ? {} : { facets: [...asked.facets] }),
          ...(permit ?? {}),
        },
        expiresAtMs: hub.clock() + SEARCH_LIFETIME_MS,
      });
    }),
  );
  return await hub.searches.view(searchId);
}

/** The tree of the explorer in our language; what of it is not known is refused, never dropped. */
function ourQuery(asked: AnyQuery): CohortQuery {
  const ast = 'ast' in asked ? asked.ast : 'operand' in asked || 'key' in asked ? asked : undefined;
  if (ast === undefined) return asked as CohortQuery;
  const { query, unsupported } = readLensAst(ast);
  if (unsupported.length > 0) throw new UnicaError('search.unknown-criteria', { criteria: unsupported.join(', ') });
  const checked = cohortQuerySchema.safeParse(query);
  if (!checked.success) throw new UnicaError('search.too-intricate');
  return checked.data;
}

interface ExactPermit {
  readonly permit: string;
  readonly release?: 'checked';
}

/** Current permits for exact counts that a request for access got, by site; where there is none, those for checked tables. */
async function exactPermits(hub: HubHouse, requestId: string, by: Visitor): Promise<ReadonlyMap<string, ExactPermit>> {
  const [checked, current] = await Promise.all([
    hub.access.currentPermits(requestId, 'export-aggregate', by),
    hub.access.currentPermits(requestId, 'count-exact', by),
  ]);
  if (current.length + checked.length === 0) throw new UnicaError('hub.no-exact-permit');
  const found = new Map<string, ExactPermit>();
  for (const { siteId, permitId } of checked) {
    found.set(siteId, { permit: await hub.access.token(permitId), release: 'checked' });
  }
  for (const { siteId, permitId } of current) found.set(siteId, { permit: await hub.access.token(permitId) });
  return found;
}
