import { type DatasetRecord, suggestedStrategy } from '#wire';

/** Sites differ much when the share of their commonest finding does by more than this. */
const UNLIKE_BY = 0.2;

/** What the published counts suggest: sites whose findings differ are held near the common model. */
export function suggestion(sites: readonly string[], datasets: readonly DatasetRecord[], dataset: string) {
  const shares = sites.flatMap((siteId) => {
    const findings = datasets.find((one) => one.siteId === siteId && one.name === dataset)?.findings;
    const counts = Object.values(findings ?? {}).flatMap((value) => ('count' in value ? [value.count] : []));
    const all = counts.reduce((sum, count) => sum + count, 0);
    return all === 0 ? [] : [Math.max(...counts) / all];
  });
  const spread = shares.length < 2 ? null : Math.max(...shares) - Math.min(...shares);
  const isUnlike = spread !== null && spread > UNLIKE_BY;
  return { spread, strategy: suggestedStrategy(isUnlike ? 'fedprox' : 'fedavg') };
}
