import { isCharged, type RequestState, standingOf } from '#access';
import { isoInstant } from '#base';
import { csvCell } from '#mapping';
import { type Fee, feeCents, type PermitView, type PublicRegister } from '#wire';
import type { HubHouse } from './house.ts';

type Project = PublicRegister['projects'][number];

/**
 * What everybody may know: every request that a holder granted, as a project with its permits and the models made under it, and
 * how often requests were refused for which reason (EHDS, Articles 57(1)(j) and 58). Nobody is named; what no holder granted is only
 * counted, and why a holder refused is told of no project by itself.
 */
export async function publicRegister(hub: HubHouse): Promise<PublicRegister> {
  const [requests, permits, results] = await Promise.all([
    hub.access.published(),
    hub.access.permits(),
    resultsByPermit(hub),
  ]);
  const refusals = new Map<PublicRegister['refusals'][number]['reason'], number>();
  for (const { decision } of requests.flatMap(({ holders }) => holders)) {
    if (decision?.decision !== 'refused') continue;
    const reason = decision.reason ?? 'other';
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  }
  const standings = requests.map(standingOf);
  const holders = requests.flatMap((request) => request.holders);
  return {
    projects: requests
      .filter(({ requestId }) => permits.some((permit) => permit.requestId === requestId))
      .map((request) => projectOf(request, { permits, results, nowMs: hub.clock() })),
    refusals: [...refusals].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    asked: requests.length,
    granted: standings.filter((standing) => standing === 'granted').length,
    refused: standings.filter((standing) => standing === 'refused').length,
    fees: {
      without: holders.filter(({ decision }) => decision?.decision === 'granted' && !isCharged(decision.fee)).length,
      accepted: acceptedFees(holders),
    },
  };
}

/** Fees that were accepted, added up by currency. */
function acceptedFees(holders: RequestState['holders']): PublicRegister['fees']['accepted'] {
  const sums = new Map<Fee['currency'], PublicRegister['fees']['accepted'][number]>();
  for (const { decision, feeAnswer } of holders) {
    const fee = decision?.fee;
    if (feeAnswer?.accepted !== true || !isCharged(fee)) continue;
    const { currency } = fee;
    const sum = sums.get(currency) ?? { currency, count: 0, cents: 0, reduced: 0 };
    sums.set(currency, {
      currency,
      count: sum.count + 1,
      cents: sum.cents + feeCents(fee),
      reduced: sum.reduced + (fee.reduction === null ? 0 : 1),
    });
  }
  return [...sums.values()].sort((a, b) => a.currency.localeCompare(b.currency));
}

function projectOf(
  { requestId, form, submittedAtMs, holders }: RequestState,
  known: {
    readonly permits: readonly PermitView[];
    readonly results: ReadonlyMap<string, Project['results']>;
    readonly nowMs: number;
  },
): Project {
  const own = known.permits.filter((permit) => permit.requestId === requestId);
  const results = new Map(
    own.flatMap(({ permitId }) => known.results.get(permitId) ?? []).map((result) => [result.modelId, result]),
  );
  return {
    requestId,
    title: form.title,
    purpose: form.purpose,
    kind: form.kind,
    research: form.use?.research ?? null,
    commercial: form.use?.commercial ?? null,
    operations: form.operations,
    askedAtMs: submittedAtMs ?? 0,
    holders: holders.map(({ siteId, decision, turn }) => ({
      siteId,
      datasets: form.datasets.filter((dataset) => dataset.siteId === siteId).map(({ name }) => name),
      outcome: turn !== 'nobody' || decision === null ? 'open' : decision.decision,
      decidedAtMs: decision?.atMs ?? null,
      permits: own
        .filter((permit) => permit.siteId === siteId)
        .map(({ permitId, dataset, issuedAtMs, expiresAtMs, revokedAtMs }) => ({
          permitId,
          dataset,
          state: revokedAtMs !== null ? 'revoked' : expiresAtMs <= known.nowMs ? 'expired' : 'valid',
          issuedAtMs,
          endsAtMs: revokedAtMs ?? expiresAtMs,
        })),
    })),
    results: [...results.values()],
  };
}

/** Models by the permits that their jobs ran under. */
async function resultsByPermit(hub: HubHouse): Promise<ReadonlyMap<string, Project['results']>> {
  const found = new Map<string, Project['results']>();
  for (const { modelId, jobId, title, createdAtMs } of await hub.models.list()) {
    const { permits } = await hub.learning.state(jobId);
    for (const permitId of Object.values(permits)) {
      found.set(permitId, [...(found.get(permitId) ?? []), { modelId, title, atMs: createdAtMs }]);
    }
  }
  return found;
}

const COLUMNS = [
  'project',
  'title',
  'purpose',
  'kind',
  'holder',
  'datasets',
  'outcome',
  'permit',
  'permit state',
  'issued',
  'ends',
];

/** The register as CSV (RFC 4180), one row for each permit; no cell begins as a formula does. */
export function registerCsv({ projects }: PublicRegister): string {
  const rows = projects.flatMap((project) =>
    project.holders.flatMap(({ siteId, datasets, outcome, permits }) => {
      const shared = [
        project.requestId,
        project.title,
        project.purpose,
        project.kind,
        siteId,
        datasets.join(' '),
        outcome,
      ];
      return permits.length === 0
        ? [[...shared, '', '', '', '']]
        : permits.map((permit) => [
            ...shared,
            permit.permitId,
            permit.state,
            isoInstant(permit.issuedAtMs),
            isoInstant(permit.endsAtMs),
          ]);
    }),
  );
  return [COLUMNS, ...rows].map((cells) => cells.map(csvCell).join(',')).join('\r\n');
}
