import { type RequestState, standingOf } from '#access';
import { codeDigest } from '#models';
import type { KnownNetwork, SeenSite } from '#progress';
import { INCIDENT_KINDS, type JobView, type NetworkProgress, type PermitView } from '#wire';
import type { HubHouse } from './house.ts';
import { readinessOf } from './members.ts';
import { VERSION } from './version.ts';

/** Jobs and incidents beyond these are in their own pages and in the journal. */
const MOST_LISTED = 100;

/** Everything that the hub knows of how far its network has come. */
export async function knownNetwork(hub: HubHouse): Promise<KnownNetwork> {
  const [versions, requests, permits, jobs, models, targets, activities, training, reach] = await Promise.all([
    hub.datasets.versions(),
    hub.access.published(),
    hub.access.permits(),
    hub.learning.list(),
    hub.models.list(),
    hub.targets.changes(),
    hub.activities.newest(),
    hub.courses.reached(),
    hub.kit.reach(),
  ]);
  const states = (state: (typeof models)[number]['state']) => models.filter((model) => model.state === state).length;
  return {
    nowMs: hub.clock(),
    network: hub.config.name,
    software: `unica/${VERSION}`,
    sites: await seenSites(hub, jobs),
    versions,
    access: accessOf({ requests, permits, nowMs: hub.clock() }),
    learning: {
      jobs: jobs.slice(0, MOST_LISTED).map((job) => ({
        jobId: job.jobId,
        title: job.spec.title,
        dataset: job.spec.dataset,
        state: job.state,
        roundsDone: roundsDone(job),
        rounds: job.spec.rounds,
        sites: job.sites.length,
        modelId: job.modelId,
        updatedAtMs: job.updatedAtMs,
      })),
      roundsDone: jobs.reduce((sum, job) => sum + roundsDone(job), 0),
      models: {
        candidate: states('candidate'),
        registered: states('registered'),
        retired: states('retired'),
        evaluated: models.filter(({ evidence, state }) => evidence !== null && state !== 'retired').length,
      },
    },
    incidents: await incidentsOf(hub, jobs),
    targets,
    activities,
    training,
    outreach: reach.rows,
  };
}

async function seenSites(hub: HubHouse, jobs: readonly JobView[]): Promise<readonly SeenSite[]> {
  const [sites, codeSha256, counted, bySubject, byActor] = await Promise.all([
    hub.membership.sites(),
    codeDigest(),
    hub.searches.answering(),
    hub.journal.spans(['site.invited', 'site.renewal-offered', 'site.approved'], 'subject'),
    hub.journal.spans(['site.enrolled', 'dataset.published', 'round.update-received', 'round.trained'], 'actor'),
  ]);
  const firstOf = (spans: typeof bySubject, of: string, actions: readonly string[]) => {
    const found = spans.filter((span) => span.of === of && actions.includes(span.action));
    return found.length === 0 ? undefined : Math.min(...found.map(({ firstAtMs }) => firstAtMs));
  };
  return sites.map((site) => {
    const { siteId, readiness } = site;
    const actor = `site:${siteId}`;
    const enrolled = firstOf(byActor, actor, ['site.enrolled']);
    const approved = firstOf(bySubject, siteId, ['site.approved']);
    const said = readinessOf(readiness);
    const invitations = bySubject.filter(({ of, action }) => of === siteId && action !== 'site.approved');
    const steps = {
      invited: firstOf(bySubject, siteId, ['site.invited']),
      enrolled,
      // Where nobody has to let sites in, enrolling is being let in.
      approved: approved ?? (site.state === 'active' ? enrolled : undefined),
      published: firstOf(byActor, actor, ['dataset.published']),
      counted: counted.get(siteId),
      learning: firstOf(byActor, actor, ['round.update-received', 'round.trained']),
    };
    return {
      siteId,
      displayName: site.displayName,
      country: site.country,
      state: site.state,
      software: site.software,
      lastSeenAtMs: site.lastSeenAtMs,
      clockOffsetMs: site.clockOffsetMs,
      sameCode: said === null ? null : said.codeSha256 === codeSha256,
      steps: Object.fromEntries(Object.entries(steps).filter(([, atMs]) => atMs !== undefined)),
      lastInvitedAtMs: invitations.length === 0 ? null : Math.max(...invitations.map(({ lastAtMs }) => lastAtMs)),
      learnedFrom: new Set(jobs.filter((job) => hasLearned(job, siteId)).map(({ spec }) => spec.dataset)),
      isAsked: jobs.some(
        ({ state, sites: asked }) =>
          state === 'awaiting-approval' && asked.some((one) => one.siteId === siteId && one.decision === 'waiting'),
      ),
    };
  });
}

function hasLearned({ rounds }: JobView, siteId: string): boolean {
  return rounds.some(({ sites }) => sites.some((one) => one.siteId === siteId && one.state === 'received'));
}

function roundsDone({ rounds }: JobView): number {
  return rounds.filter(({ state }) => state === 'closed').length;
}

function accessOf({
  requests,
  permits,
  nowMs,
}: {
  readonly requests: readonly RequestState[];
  readonly permits: readonly PermitView[];
  readonly nowMs: number;
}): NetworkProgress['access'] {
  const standings = requests.map(standingOf);
  const count = (standing: (typeof standings)[number]) => standings.filter((one) => one === standing).length;
  const inForce = permits.filter(({ revokedAtMs }) => revokedAtMs === null);
  const projects = requests.map(({ requestId, form, submittedAtMs, holders }) => ({
    requestId,
    title: form.title,
    askedAtMs: submittedAtMs ?? 0,
    holders: holders.length,
    granted: holders.filter(({ permitIds }) => permitIds.length > 0).length,
    waitingForHolder: holders.filter(({ turn }) => turn === 'holder').length,
    waitingForRequester: holders.filter(({ turn }) => turn === 'requester').length,
    permits: inForce.filter((permit) => permit.requestId === requestId && permit.expiresAtMs > nowMs).length,
  }));
  return {
    requests: {
      asked: requests.length,
      open: count('submitted'),
      granted: count('granted'),
      refused: count('refused'),
    },
    permits: {
      valid: inForce.filter(({ expiresAtMs }) => expiresAtMs > nowMs).length,
      expired: inForce.filter(({ expiresAtMs }) => expiresAtMs <= nowMs).length,
      revoked: permits.length - inForce.length,
    },
    projects: projects.sort((a, b) => b.askedAtMs - a.askedAtMs),
  };
}

async function incidentsOf(hub: HubHouse, jobs: readonly JobView[]): Promise<NetworkProgress['incidents']> {
  const { entries } = await hub.journal.view(MOST_LISTED, { actions: INCIDENT_KINDS });
  const told = entries.flatMap(({ action, subject, because, atMs }) => {
    const kind = INCIDENT_KINDS.find((one) => one === action);
    return kind === undefined ? [] : [{ kind, subject, because, atMs }];
  });
  const failed = jobs
    .filter(({ state }) => state === 'failed')
    .map(({ jobId, because, updatedAtMs }) => ({
      kind: 'job.failed' as const,
      subject: jobId,
      because,
      atMs: updatedAtMs,
    }));
  return [...told, ...failed].sort((a, b) => b.atMs - a.atMs).slice(0, MOST_LISTED);
}
