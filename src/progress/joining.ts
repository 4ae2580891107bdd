import { JOINING_STEPS, type JoiningStep, type JoiningTurn, type NetworkProgress } from '#wire';
import type { PublishedVersion } from './published-version.ts';
import type { SeenSite } from './seen-site.ts';

type Joining = NetworkProgress['joining'];

const DAY_MS = 86_400_000;
/** An invitation's code is good for this long; afterwards only the coordinator can help. */
const CODE_DAYS = 7;

/**
 * How far each site has come on its way into the network, since when it waits there, and who has to do something next. Sites that were
 * ejected are not on the way.
 */
export function joining(
  sites: readonly SeenSite[],
  datasetsOf: (siteId: string) => readonly PublishedVersion[],
  nowMs: number,
): Joining {
  const onTheWay = sites
    .filter(({ state }) => state !== 'ejected')
    .map((site) => {
      const step = stepOf(site, datasetsOf(site.siteId));
      const sinceMs = site.steps[step] ?? null;
      const turn = turnOf(site, step, datasetsOf(site.siteId), nowMs);
      const days = sinceMs === null || turn === 'nobody' ? null : wholeDays(sinceMs, nowMs);
      return { site, step, sinceMs, days, turn };
    });
  return {
    steps: JOINING_STEPS.map((step, place) => {
      const waiting = onTheWay.filter((one) => one.step === step);
      const waits = waiting.flatMap(({ days }) => days ?? []);
      return {
        step,
        reached: onTheWay.filter((one) => JOINING_STEPS.indexOf(one.step) >= place).length,
        waiting: step === 'learning' ? 0 : waiting.length,
        medianDays: medianOf(onTheWay.flatMap(({ site }) => daysTo(site, place) ?? [])),
        longestWaitDays: waits.length === 0 ? null : Math.max(...waits),
      };
    }),
    sites: onTheWay
      .map(({ site: { siteId, displayName }, step, sinceMs, days, turn }) => ({
        siteId,
        displayName,
        step,
        sinceMs,
        days,
        turn,
      }))
      .sort((a, b) => (b.days ?? -1) - (a.days ?? -1) || a.siteId.localeCompare(b.siteId, 'en')),
  };
}

/** The last step that a site has come to: of those before it, some may not have been written down. */
function stepOf(site: SeenSite, datasets: readonly PublishedVersion[]): JoiningStep {
  if (site.state === 'invited') return 'invited';
  if (site.state === 'pending') return 'enrolled';
  if (datasets.length === 0) return 'approved';
  if (site.learnedFrom.size > 0) return 'learning';
  return site.steps.counted === undefined ? 'published' : 'counted';
}

function turnOf(site: SeenSite, step: JoiningStep, datasets: readonly PublishedVersion[], nowMs: number): JoiningTurn {
  if (site.state === 'suspended') return 'coordinator';
  switch (step) {
    case 'invited': {
      const { lastInvitedAtMs } = site;
      return lastInvitedAtMs === null || nowMs - lastInvitedAtMs > CODE_DAYS * DAY_MS ? 'coordinator' : 'operator';
    }
    case 'enrolled':
      return 'coordinator';
    case 'approved':
      return 'operator';
    case 'published':
      // What has no code cannot be asked for; what has one waits for the first question.
      return datasets.some(({ isCoded }) => isCoded) ? 'researcher' : 'curator';
    case 'counted':
      return site.isAsked ? 'operator' : 'researcher';
    case 'learning':
      return 'nobody';
  }
}

/** Days from the step before; undefined where one of the two was not written down. */
function daysTo({ steps }: SeenSite, place: number): number | undefined {
  const [from, to] = [place - 1, place].map((at) => {
    const step = JOINING_STEPS[at];
    return step === undefined ? undefined : steps[step];
  });
  return from === undefined || to === undefined || to < from ? undefined : (to - from) / DAY_MS;
}

function wholeDays(fromMs: number, toMs: number): number {
  return Math.max(0, Math.floor((toMs - fromMs) / DAY_MS));
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return Math.round(5 * (lower + upper)) / 10;
}
