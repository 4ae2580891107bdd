import type { MonthStanding } from '#wire';
import { newestVersions, type PublishedVersion } from './published-version.ts';
import { tally } from './tally.ts';

/** Five years: a curve of more months would be read by nobody. */
const MOST_MONTHS = 60;

/**
 * Where the network stood at the end of each month (UTC), from the first publication to this month: of each dataset counts the version that was
 * the newest then. Sites that are no longer members are in none of the months.
 */
export function monthStandings(versions: readonly PublishedVersion[], nowMs: number): MonthStanding[] {
  const first = Math.min(...versions.map(({ publishedAtMs }) => publishedAtMs));
  if (versions.length === 0 || first > nowMs) return [];
  return monthsBetween(first, nowMs).map(({ month, endMs }) => {
    const then = newestVersions(versions.filter(({ publishedAtMs }) => publishedAtMs < endMs));
    const { sites, datasets, studies } = tally(then);
    return {
      month,
      sites,
      datasets,
      studies,
      quality: meanOf(then.map(({ quality }) => quality)),
      fair: meanOf(then.flatMap(({ fair }) => fair ?? [])),
      label: meanOf(then.flatMap(({ label }) => label ?? [])),
    };
  });
}

function monthsBetween(fromMs: number, toMs: number): { readonly month: string; readonly endMs: number }[] {
  const [from, to] = [new Date(fromMs), new Date(toMs)];
  const count = 12 * (to.getUTCFullYear() - from.getUTCFullYear()) + to.getUTCMonth() - from.getUTCMonth() + 1;
  const shown = Math.min(count, MOST_MONTHS);
  return Array.from({ length: shown }, (_, index) => {
    const place = to.getUTCMonth() - (shown - 1 - index);
    const begin = new Date(Date.UTC(to.getUTCFullYear(), place, 1));
    return { month: begin.toISOString().slice(0, 7), endMs: Date.UTC(to.getUTCFullYear(), place + 1, 1) };
  });
}

/** The mean with one decimal; null of nothing. */
export function meanOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.round((10 * values.reduce((sum, value) => sum + value, 0)) / values.length) / 10;
}
