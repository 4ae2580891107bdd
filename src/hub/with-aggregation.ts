import { suggestedAggregation } from '#learning';
import type { JobSpec } from '#wire';
import type { HubHouse } from './house.ts';

/** A job as it is submitted: its updates masked wherever that is possible and it does not say otherwise. */
export async function withAggregation(hub: Pick<HubHouse, 'datasets'>, spec: JobSpec): Promise<JobSpec> {
  if (spec.aggregation !== undefined || spec.rounds === 0) return spec;
  const published = await hub.datasets.current();
  const images = spec.sites.map((siteId) => {
    const record = published.find((dataset) => dataset.siteId === siteId && dataset.name === spec.dataset);
    return record !== undefined && 'count' in record.images ? record.images.count : undefined;
  });
  const aggregation = suggestedAggregation(spec, images);
  return aggregation === undefined ? spec : { ...spec, aggregation };
}
