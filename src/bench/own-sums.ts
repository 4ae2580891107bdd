import type { DatasetRecord, NetworkProgress } from '#wire';

/** Sums of what sites published, by key. */
type Sums = Readonly<Record<string, number>>;

/** What sites say themselves, added up by nothing but loops over what each of them sent: an independent second reckoning. */
export function ownSums(published: readonly (readonly DatasetRecord[])[]): {
  readonly totals: Sums;
  readonly country: Sums;
  readonly cancer: Sums;
  readonly modality: Sums;
} {
  const totals: Record<string, number> = { studies: 0, persons: 0, images: 0, datasets: 0 };
  const groups: Record<'country' | 'cancer' | 'modality', Record<string, number>> = {
    country: {},
    cancer: {},
    modality: {},
  };
  for (const versions of published) {
    const last = versions.at(-1);
    if (last === undefined) continue;
    totals['datasets'] = (totals['datasets'] ?? 0) + 1;
    for (const what of ['studies', 'persons', 'images'] as const) {
      const told = last[what];
      if ('count' in told) totals[what] = (totals[what] ?? 0) + told.count;
    }
    const studies = 'count' in last.studies ? last.studies.count : 0;
    const keys = { country: last.country, cancer: last.card?.condition ?? '', modality: last.modalities.join('+') };
    for (const group of ['country', 'cancer', 'modality'] as const) {
      groups[group][keys[group]] = (groups[group][keys[group]] ?? 0) + studies;
    }
  }
  return { totals, ...groups };
}

/** Every figure of a hub that is not what the sites say; none where all agree to the last digit. */
export function differences(progress: NetworkProgress, own: ReturnType<typeof ownSums>): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, hub: number | undefined, sites: number | undefined) => {
    if (hub !== sites) found.push(`${what}: the hub says ${hub}, the sites say ${sites}`);
  };
  for (const what of ['studies', 'persons', 'images', 'datasets'] as const) {
    compare(what, progress.totals[what], own.totals[what]);
  }
  for (const group of ['country', 'cancer', 'modality'] as const) {
    const rows = new Map(progress.groups[group].map((row) => [row.key ?? '', row.studies]));
    for (const key of new Set([...rows.keys(), ...Object.keys(own[group])])) {
      compare(`${group} ${key}`, rows.get(key), own[group][key]);
    }
  }
  compare('last month', progress.months.at(-1)?.studies, own.totals['studies']);
  const bySite = progress.sites.reduce((sum, { studies }) => sum + studies, 0);
  compare('sites together', bySite, own.totals['studies']);
  return found;
}
