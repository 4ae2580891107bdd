import { CLOCK_TOLERANCE_MS, type FollowedSite, type SiteFlag } from '#wire';
import { meanOf } from './months.ts';
import type { PublishedVersion } from './published-version.ts';
import { siteTier } from './readiness.ts';
import type { SeenSite } from './seen-site.ts';
import { tally } from './tally.ts';

/** A site counts as online when it was heard of within this time; a poll waits at most 25 s. */
export const ONLINE_WITHIN_MS = 60_000;
/** Out of contact for longer is no passing trouble. */
const SILENT_AFTER_MS = 86_400_000;
/** What is off by more than the tolerance is refused: somebody should know well before that. */
const CLOCK_OFF_MS = CLOCK_TOLERANCE_MS / 4;

/** A site as its coordinator follows it. @param software of the hub */
export function followedSite(
  site: SeenSite,
  datasets: readonly PublishedVersion[],
  { nowMs, software }: { readonly nowMs: number; readonly software: string },
): FollowedSite {
  const flags = flagsOf(site, nowMs, software);
  const { sites: _, ...sums } = tally(datasets);
  return {
    siteId: site.siteId,
    displayName: site.displayName,
    country: site.country,
    state: site.state,
    health: healthOf(site, flags),
    flags,
    tier: siteTier(datasets, site),
    software: site.software,
    lastSeenAtMs: site.lastSeenAtMs,
    quality: meanOf(datasets.map(({ quality }) => quality)),
    fair: meanOf(datasets.flatMap(({ fair }) => fair ?? [])),
    ...sums,
  };
}

function flagsOf(site: SeenSite, nowMs: number, software: string): SiteFlag[] {
  const quietMs = site.lastSeenAtMs === null ? null : nowMs - site.lastSeenAtMs;
  const found: readonly (readonly [SiteFlag, boolean])[] = [
    ['suspended', site.state === 'suspended'],
    ['silent', quietMs !== null && quietMs > SILENT_AFTER_MS],
    ['offline', quietMs !== null && quietMs >= ONLINE_WITHIN_MS && quietMs <= SILENT_AFTER_MS],
    ['clock', Math.abs(site.clockOffsetMs ?? 0) > CLOCK_OFF_MS],
    ['other-code', site.sameCode === false],
    ['other-software', site.software !== null && site.software !== software],
  ];
  return found.flatMap(([flag, isSo]) => (isSo ? [flag] : []));
}

function healthOf(site: SeenSite, flags: readonly SiteFlag[]): FollowedSite['health'] {
  if (site.state === 'invited' || site.lastSeenAtMs === null) return 'not-started';
  if (flags.includes('silent')) return 'silent';
  return flags.length > 0 ? 'attention' : 'good';
}
