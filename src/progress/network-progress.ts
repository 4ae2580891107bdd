import type { ActivityVersion, IndicatorFigure, NetworkProgress, NetworkState, TargetHistory } from '#wire';
import { reportedActivities } from './activities.ts';
import { followedSite, ONLINE_WITHIN_MS } from './followed-site.ts';
import { indicatorStandings } from './indicators.ts';
import { joining } from './joining.ts';
import { meanOf, monthStandings } from './months.ts';
import { newestVersions, type PublishedVersion } from './published-version.ts';
import { reachedTier } from './readiness.ts';
import type { SeenSite } from './seen-site.ts';
import { modalityKey, tally, tallyBy } from './tally.ts';
import { targetStanding, targetsInForce } from './targets.ts';

/** Everything that a hub knows of its network; nothing of it is about a patient but counts that nodes let out. */
export interface KnownNetwork {
  readonly nowMs: number;
  readonly network: string;
  /** Name and version of the hub's program, as nodes tell theirs. */
  readonly software: string;
  readonly sites: readonly SeenSite[];
  /** Every version that was published by a site that is a member. */
  readonly versions: readonly PublishedVersion[];
  /** With every project. */
  readonly access: NetworkProgress['access'];
  readonly learning: NetworkProgress['learning'];
  readonly training: NetworkProgress['training'];
  readonly outreach: NetworkProgress['outreach'];
  readonly incidents: NetworkProgress['incidents'];
  readonly targets: TargetHistory['changes'];
  /** The newest version of each. */
  readonly activities: readonly ActivityVersion[];
}

/** Projects beyond these are in their own pages. */
const MOST_PROJECTS = 100;
const YEAR_MS = 365 * 86_400_000;
/** Hyper-ontology. */
const CANCERS = { breast: 'CLIN1000060', lung: 'CLIN1000065', prostate: 'CLIN1000075' } as const;

/** How far a network has come. */
export function networkProgress(known: KnownNetwork): NetworkProgress {
  const { nowMs, sites, versions, access, learning } = known;
  const datasets = newestVersions(versions);
  const datasetsOf = (siteId: string) => datasets.filter((dataset) => dataset.siteId === siteId);
  const siteOf = new Map(sites.map((site) => [site.siteId, site]));
  const members = sites.filter(({ state }) => state === 'active');
  const totals = {
    ...tally(datasets),
    members: members.length,
    online: members.filter(({ lastSeenAtMs }) => lastSeenAtMs !== null && nowMs - lastSeenAtMs < ONLINE_WITHIN_MS)
      .length,
    countries: new Set(members.map(({ country }) => country)).size,
  };
  const tiers = tallyBy(datasets, (dataset) => String(reachedTier(dataset, siteOf.get(dataset.siteId))));
  const groups = {
    ...publicGroups(datasets),
    readiness: tiers.sort((a, b) => String(a.key).localeCompare(String(b.key))),
  };
  const standing = { totals, groups, access, learning };
  return {
    atMs: nowMs,
    network: known.network,
    software: known.software,
    totals,
    groups,
    months: monthStandings(versions, nowMs),
    sites: sites
      .filter(({ state }) => state !== 'ejected')
      .map((site) => followedSite(site, datasetsOf(site.siteId), { nowMs, software: known.software })),
    joining: joining(sites, datasetsOf, nowMs),
    access: { ...access, projects: access.projects.slice(0, MOST_PROJECTS) },
    learning,
    training: known.training,
    outreach: known.outreach,
    incidents: known.incidents,
    targets: targetsInForce(known.targets).map((target) => targetStanding(target, standing)),
    indicators: [...indicatorStandings(figuresOf({ ...standing, datasets, nowMs }))],
    collaborations: reportedActivities(known.activities),
  };
}

/**
 * The state of a network for everybody: sums of counts that nodes let out, and nothing finer than their public records tell. Whoever subtracts
 * one figure from another, of one page or two days, gets what subtracting the records gives.
 */
export function networkState(progress: NetworkProgress): NetworkState {
  const { totals, groups, access, learning, targets } = progress;
  const { members: _, online: __, ...sums } = totals;
  return {
    atMs: progress.atMs,
    network: progress.network,
    totals: sums,
    groups: { country: groups.country, cancer: groups.cancer, modality: groups.modality },
    target: targets.find(({ scope, measure }) => scope === 'network' && measure === 'studies')?.value ?? null,
    projects: access.requests.granted,
    models: learning.models.candidate + learning.models.registered,
  };
}

function publicGroups(datasets: readonly PublishedVersion[]) {
  return {
    country: tallyBy(datasets, ({ country }) => country),
    cancer: tallyBy(datasets, ({ cancer }) => cancer),
    modality: tallyBy(datasets, modalityKey),
  };
}

function figuresOf({
  totals,
  groups,
  access,
  learning,
  datasets,
  nowMs,
}: Pick<NetworkProgress, 'totals' | 'groups' | 'access' | 'learning'> & {
  readonly datasets: readonly PublishedVersion[];
  readonly nowMs: number;
}): Readonly<Record<IndicatorFigure, number | null>> {
  const ofTier = (tier: number) =>
    groups.readiness.filter(({ key }) => Number(key) >= tier).reduce((sum, row) => sum + row.datasets, 0);
  const ofCancer = (code: string) => groups.cancer.find(({ key }) => key === code)?.studies ?? 0;
  return {
    'sites-active': totals.members,
    'sites-publishing': totals.sites,
    countries: totals.countries,
    datasets: totals.datasets,
    'datasets-tier-1': ofTier(1),
    'datasets-tier-2': ofTier(2),
    'datasets-tier-3': ofTier(3),
    'datasets-reviewed': datasets.filter(({ publishedAtMs }) => nowMs - publishedAtMs <= YEAR_MS).length,
    'label-mean': meanOf(datasets.flatMap(({ label }) => label ?? [])),
    studies: totals.studies,
    persons: totals.persons,
    images: totals.images,
    'studies-breast': ofCancer(CANCERS.breast),
    'studies-lung': ofCancer(CANCERS.lung),
    'studies-prostate': ofCancer(CANCERS.prostate),
    requests: access.requests.asked,
    'requests-granted': access.requests.granted,
    'requests-refused': access.requests.refused,
    'permits-valid': access.permits.valid,
    // One holder's permit makes it public, though others have yet to answer.
    'projects-public': access.projects.filter(({ granted }) => granted > 0).length,
    rounds: learning.roundsDone,
    models: learning.models.candidate + learning.models.registered,
    'models-evaluated': learning.models.evaluated,
    cancers: groups.cancer.filter(({ key }) => key !== null).length,
  };
}
